// The words of the overview.

import {learn} from './texts.js';

learn({
  en: {
    lastDays: 'last {n} days', allDirections: 'all directions', allQueues: 'all queues', answered: 'answered', notAnswered: 'not answered',
    ofThemOngoing: '{n} going on', answeredShare: 'Answered', unanswered: '{n} not', waitAverage: 'Wait', nineInTen: '9 in 10 waited {n} at most', nineInTenShort: '9 in 10 at most',
    soon: 'Within 20 s', soonOf: 'of the answered', talkAverage: 'Talk', talkAll: '{n} hours in all', callsPerDay: 'Calls', waitPerDay: 'Wait', ofAnswered: 'of answered calls',
    recordings: 'Recordings', recorded: 'Recorded', without: 'without', share: 'share', recordedJudged: 'of the calls that should be', recordedCounted: 'of answered calls, whatever became of the file', weekOf: 'week from {day}',
    byQueue: 'Queues', byAgent: 'Agents', offered: 'Offered', noFigures: 'No calls in this time.', showAll: 'Show all {n}', showMore: 'Show more', day: 'Day', asTable: 'As a table',
    plotKeys: 'Arrow keys go from day to day, Enter shows its calls.', notWhole: 'There are so many calls that only those since {since} are counted.',
    now: 'Now', waitingNow: 'waiting', talkingNow: 'talking', nothingNow: 'No call is going on.', ringing: 'waiting', 'now.caller': 'Caller', 'now.where': 'Queue or number', 'now.with': 'Speaks with', 'now.since': 'Since',
    'now.live': 'live', 'now.polled': 'asked every 10 s', 'now.reconnecting': 'connecting again …',
    lacking: 'Calls without the recording that they should have', nothingLacks: 'Every call that should have a recording has one.', noneYet: 'None among the newest calls.', looking: 'Looking …',
    'lacking.when': 'When', 'lacking.caller': 'Caller', 'lacking.agent': 'Spoke with', 'lacking.talk': 'Talk', 'lacking.reason': 'Why',
    'reason.expected': 'may still come', 'reason.missing': 'announced, never came', 'reason.not_announced': 'the PBX announced none', 'reason.empty': 'the file is empty', 'reason.unreadable': 'the file cannot be read',
    'reason.too_short': 'under a second of talk', 'reason.pbx_restarted': 'the PBX restarted',
  },
  fr: {
    lastDays: '{n} derniers jours', allDirections: 'tous les sens', allQueues: 'toutes les files', answered: 'répondus', notAnswered: 'sans réponse',
    ofThemOngoing: '{n} en cours', answeredShare: 'Répondus', unanswered: '{n} sans réponse', waitAverage: 'Attente', nineInTen: '9 sur 10 : {n} au plus', nineInTenShort: '9 sur 10 au plus',
    soon: 'En moins de 20 s', soonOf: 'des appels répondus', talkAverage: 'Conversation', talkAll: '{n} heures en tout', callsPerDay: 'Appels', waitPerDay: 'Attente', ofAnswered: 'des appels répondus',
    recordings: 'Enregistrements', recorded: 'Enregistrés', without: 'sans', share: 'part', recordedJudged: 'des appels qui devraient l’être', recordedCounted: 'des appels répondus, quoi que soit devenu le fichier', weekOf: 'semaine du {day}',
    byQueue: 'Files', byAgent: 'Agents', offered: 'Proposés', noFigures: 'Aucun appel dans ce temps.', showAll: 'Afficher les {n}', showMore: 'Afficher plus', day: 'Jour', asTable: 'En tableau',
    plotKeys: 'Les flèches vont d’un jour à l’autre, Entrée montre ses appels.', notWhole: 'Il y a tant d’appels que seuls ceux depuis le {since} sont comptés.',
    now: 'En ce moment', waitingNow: 'en attente', talkingNow: 'en conversation', nothingNow: 'Aucun appel n’est en cours.', ringing: 'en attente', 'now.caller': 'Appelant', 'now.where': 'File ou numéro', 'now.with': 'Parle avec', 'now.since': 'Depuis',
    'now.live': 'en direct', 'now.polled': 'demandé toutes les 10 s', 'now.reconnecting': 'reconnexion …',
    lacking: 'Appels sans l’enregistrement qu’ils devraient avoir', nothingLacks: 'Chaque appel qui devrait avoir un enregistrement en a un.', noneYet: 'Aucun parmi les plus récents.', looking: 'Recherche …',
    'lacking.when': 'Quand', 'lacking.caller': 'Appelant', 'lacking.agent': 'A parlé avec', 'lacking.talk': 'Conversation', 'lacking.reason': 'Pourquoi',
    'reason.expected': 'peut encore venir', 'reason.missing': 'annoncé, jamais venu', 'reason.not_announced': 'le PBX n’en a annoncé aucun', 'reason.empty': 'le fichier est vide', 'reason.unreadable': 'le fichier est illisible',
    'reason.too_short': 'moins d’une seconde de conversation', 'reason.pbx_restarted': 'le PBX a redémarré',
  },
});
