// What is typed into the search box ↔ conditions, and conditions → parameters of the API. Nothing here touches the page.

import {boundsOf, isUnit, lengthOf, secondsOf, spanIn, spanOf, wordsOfSpans} from './moments.js';

export const DIRECTIONS = ['incoming', 'outgoing', 'internal'];
export const OUTCOMES = ['answered', 'missed', 'abandoned', 'busy', 'rejected', 'unreachable', 'failed', 'voicemail', 'cancelled', 'ongoing'];
export const QUEUE_OUTCOMES = ['answered', 'abandoned', 'timeout', 'joinempty', 'leaveempty', 'full', 'closed', 'divert_ca_ratio', 'divert_waittime'];

/** What stands before the colon; the first of each language is what the page itself writes. */
export const OPERATORS = {
  agent: {en: ['agent'], fr: ['agent']},
  queue: {en: ['queue'], fr: ['file', 'queue']},
  caller: {en: ['from', 'caller'], fr: ['de']},
  callee: {en: ['to', 'callee', 'dialled'], fr: ['vers', 'à']},
  number: {en: ['number'], fr: ['numéro', 'numero']},
  direction: {en: ['direction'], fr: ['sens']},
  outcome: {en: ['outcome'], fr: ['issue']},
  left: {en: ['left'], fr: ['sortie']},
  recorded: {en: ['recorded'], fr: ['enregistré', 'enregistre']},
  reviewed: {en: ['reviewed'], fr: ['vérifié', 'verifie']},
  key: {en: ['key', 'data'], fr: ['clé', 'cle']},
  pbx: {en: ['pbx'], fr: ['pbx']},
  id: {en: ['id'], fr: ['id']},
  since: {en: ['since', 'after'], fr: ['depuis']},
  before: {en: ['before', 'until'], fr: ['avant']},
};
const FIELD_OF = new Map(Object.entries(OPERATORS).flatMap(([field, words]) => [...words.en, ...words.fr].map((word) => [word, field])));
const WORDS_FR = {
  incoming: 'entrant', outgoing: 'sortant', internal: 'interne', answered: 'répondu', missed: 'manqué', abandoned: 'abandonné', busy: 'occupé',
  rejected: 'refusé', unreachable: 'injoignable', failed: 'échoué', voicemail: 'messagerie', cancelled: 'annulé', ongoing: 'en_cours', yes: 'oui', no: 'non', longest: 'plus_longs',
};
const ENGLISH_OF = new Map(Object.entries(WORDS_FR).flatMap(([en, fr]) => [[fr, en], [en, en]]));

const BEGINNINGS = [...FIELD_OF.keys(), ...DIRECTIONS, ...OUTCOMES, 'longest', ...Object.values(WORDS_FR), ...wordsOfSpans()];

/** The parts of a text with their places; what stands in quotes is one, with the word before its colon. */
export function partsOf(text) {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*(?:"|$))+/g)].map((found) => ({text: found[0], from: found.index, to: found.index + found[0].length}));
}

const bare = (text) => text.replaceAll('"', '');

/** {filters, problems}: each problem is a part that means nothing, with its place and why. */
export function parse(text) {
  const parts = partsOf(text), filters = {}, problems = [], words = [];
  for (let place = 0; place < parts.length;) place += takeOne(parts, place, filters, problems, words);
  if (words.length && isBegun(words.at(-1), text)) words.pop();
  if (words.length && !filters.agent) filters.agent = words.map((part) => bare(part.text)).join(' ');
  else problems.push(...words.map((part) => ({...part, why: 'unknownWord'})));
  return {filters, problems};
}

/** Whether the last word may be one of ours that is still being written: then it means nothing yet. */
function isBegun(part, text) {
  return part.to === text.length && BEGINNINGS.some((one) => one.startsWith(part.text.toLowerCase()));
}

/** Read what begins at `place`: how many parts it took. */
function takeOne(parts, place, filters, problems, words) {
  const part = parts[place];
  for (const count of [3, 2, 1]) {
    const span = place + count <= parts.length && spanOf(parts.slice(place, place + count).map((one) => one.text).join(' '));
    if (span) return set(filters, 'when', span) && count;
  }
  if (/^[<>]/.test(part.text)) return takeLength(parts, place, filters, problems);
  const colon = /^([\p{L}]+):(.*)$/su.exec(part.text);
  if (colon && FIELD_OF.has(colon[1].toLowerCase())) return takeField(part, FIELD_OF.get(colon[1].toLowerCase()), bare(colon[2]), filters, problems);
  if (/^[+\d*%][\d*%.\-()/]*$/.test(part.text)) return takeNumber(parts, place, filters);
  const word = ENGLISH_OF.get(part.text.toLowerCase());
  if (DIRECTIONS.includes(word)) return set(filters, 'direction', word);
  if (OUTCOMES.includes(word)) return set(filters, 'outcome', word);
  if (word === 'longest') return set(filters, 'order', word);
  words.push(part);
  return 1;
}

function set(filters, name, value) {
  filters[name] = value;
  return 1;
}

function takeLength(parts, place, filters, problems) {
  const part = parts[place];
  const sign = /^([<>])=?(.*)$/.exec(part.text);
  let length = sign[2], count = 1;
  if (!length && parts[place + 1]) length = parts[place + count++].text;
  if (/^\d+([.,]\d+)?$/.test(length) && parts[place + count] && isUnit(parts[place + count].text)) length += parts[place + count++].text;
  const seconds = secondsOf(length);
  if (seconds === null) problems.push({...part, text: length || part.text, why: 'length'});
  else filters[sign[1] === '>' ? 'min' : 'max'] = seconds;
  return count;
}

/** Digits that are written in groups are one number. */
function takeNumber(parts, place, filters) {
  let count = 1, digits = parts[place].text;
  const group = digits.startsWith('+') ? /^\d{1,12}$/ : /^\d{2,4}$/;
  const isGrouped = digits.startsWith('+') || /^\d{1,3}$/.test(digits);
  while (isGrouped && digits.length < 13 && group.test(parts[place + count]?.text || '')) digits += parts[place + count++].text;
  filters.number = digits.replace(/[.\-()/]/g, '');
  return count;
}

const CHOICES = {direction: DIRECTIONS, outcome: OUTCOMES, left: QUEUE_OUTCOMES, recorded: ['yes', 'no'], reviewed: ['yes', 'no']};

function takeField(part, field, value, filters, problems) {
  const choices = CHOICES[field], word = ENGLISH_OF.get(value.toLowerCase()) || value.toLowerCase();
  if (!value) return 1;  // still being written
  if (choices && !choices.includes(word)) {
    if (!choices.some((one) => one.startsWith(word))) problems.push({...part, why: field});
    return 1;
  }
  if (field === 'since' || field === 'before') return takeBound(part, field, value, filters, problems);
  if (field === 'key') return takeKey(value, filters);
  filters[field] = choices ? word : value;
  return 1;
}

function takeKey(value, filters) {
  const [, key, rest] = /^([^=]*)(?:=(.*))?$/s.exec(value);
  filters.key = key;
  if (rest !== undefined) filters.value = rest;
  return 1;
}

function takeBound(part, field, value, filters, problems) {
  const [first, last] = filters.when?.includes('..') ? filters.when.split('..') : ['', ''];
  const when = field === 'since' ? `${value}..${last}` : `${first}..${value}`;
  if (spanOf(when)) filters.when = spanOf(when);
  else problems.push({...part, why: 'date'});
  return 1;
}

/** A word that stands alone, in a language. */
export const wordIn = (language, word) => (language === 'fr' && WORDS_FR[word]) || word;

/** Conditions as the box has them, in the words of a language. */
export function format(filters, language = document.documentElement.lang) {
  const word = (value) => wordIn(language, value);
  const name = (field) => OPERATORS[field][language === 'fr' ? 'fr' : 'en'][0];
  const parts = [];
  for (const field of ['agent', 'queue', 'caller', 'callee', 'left', 'recorded', 'reviewed', 'pbx', 'id']) {
    if (filters[field]) parts.push(`${name(field)}:${quoted(CHOICES[field] ? word(filters[field]) : filters[field])}`);
  }
  if (filters.number) parts.push(filters.number);
  for (const field of ['direction', 'outcome']) if (filters[field]) parts.push(word(filters[field]));
  if (filters.min !== undefined) parts.push(`> ${lengthOf(filters.min)}`);
  if (filters.max !== undefined) parts.push(`< ${lengthOf(filters.max)}`);
  if (filters.when) parts.push(spanIn(language, filters.when));
  if (filters.key) parts.push(`${name('key')}:${quoted(filters.value === undefined ? filters.key : `${filters.key}=${filters.value}`)}`);
  if (filters.order) parts.push(word(filters.order));
  return parts.join(' ');
}

/** Quotes cannot stand in what is quoted, so they are left out. */
export function quoted(value) {
  return /[\s"]/.test(value) ? `"${bare(value)}"` : value;
}

/** Conditions as parameters of `/calls`. A number without `*` is its beginning; one that stands alone may be anywhere in it. */
export function parametersOf(filters, now = new Date()) {
  const {since, before} = filters.when ? boundsOf(filters.when, now) : {};
  return {
    agent: filters.agent, queue: filters.queue, caller: pattern(filters.caller, '', '%'), callee: pattern(filters.callee, '', '%'),
    number: pattern(filters.number, '%', '%'), direction: filters.direction, outcome: filters.outcome, queueCallStatus: filters.left,
    recorded: filters.recorded, reviewed: filters.reviewed, min_duration: filters.min, max_duration: filters.max, key: filters.key,
    value: filters.key ? filters.value : undefined, pbx: filters.pbx, unique_id: filters.id, order: filters.order,
    since: since?.toISOString(), before: before?.toISOString(),
  };
}

function pattern(text, before, after) {
  if (!text) return undefined;
  return /[*%]/.test(text) ? text.replaceAll('*', '%') : before + text + after;
}
