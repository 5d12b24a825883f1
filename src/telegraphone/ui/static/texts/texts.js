// Every word of the page, by key, in each language. A page that comes later brings its own with `learn`.

const TEXTS = {
  en: {
    skip: 'Go to the content', calls: 'Calls', overview: 'Overview', administration: 'Administration',
    signIn: 'Sign in', signInElsewhere: 'Sign in with your organisation', signOut: 'Sign out', name: 'Name', password: 'Password', signInLead: 'Find a call, hear it, say what you heard.',
    wrongPassword: 'That name and password do not belong together.', tooMany: 'Too many attempts. Wait a minute, then try again.',
    'refused.again': 'You were not signed in: your organisation’s server did not confirm it. Try once more.', 'refused.nothing': 'You are known, but nothing is given to you here. Ask an administrator.', 'refused.away': 'Your organisation’s sign-in server does not answer now. Try again in a moment.',
    signedOut: 'Your session has ended. Sign in to go on where you were.',
    menu: 'You and this page', theme: 'Colours', system: 'as the system', light: 'light', dark: 'dark', language: 'Language', keys: 'Keys', apiDocs: 'The API, for people to read',
    unreachable: 'The server cannot be reached.', unreachableDo: 'Look at your network, then try again.', serverFault: 'The server made a mistake.',
    serverFaultDo: 'Try again; if it stays so, its log tells more.', forbidden: 'You may not do this.', forbiddenDo: 'Ask an administrator for the right to it.',
    notFound: 'This is not here, or not yours to see.', notFoundDo: 'Look whether the link is whole.', refused: 'The server refused this.', retry: 'Try again', close: 'Close', back: 'Back',
    pageGone: 'This page is not part of this server.', copied: 'Copied', undo: 'Undo', cancel: 'Cancel', save: 'Save', remove: 'Remove',
    'right.administrator': 'administrator', 'right.supervisor': 'supervisor', 'right.teacher': 'teacher', 'right.agent': 'agent', 'right.key': 'key',
  },
  fr: {
    skip: 'Aller au contenu', calls: 'Appels', overview: 'Vue d’ensemble', administration: 'Administration',
    signIn: 'Se connecter', signInElsewhere: 'Se connecter avec votre organisation', signOut: 'Se déconnecter', name: 'Nom', password: 'Mot de passe', signInLead: 'Trouver un appel, l’écouter, noter ce qu’on a entendu.',
    wrongPassword: 'Ce nom et ce mot de passe ne vont pas ensemble.', tooMany: 'Trop de tentatives. Attendez une minute, puis réessayez.',
    'refused.again': 'Vous n’êtes pas connecté : le serveur de votre organisation ne l’a pas confirmé. Réessayez.', 'refused.nothing': 'Vous êtes connu, mais rien ne vous est attribué ici. Demandez à un administrateur.', 'refused.away': 'Le serveur de connexion de votre organisation ne répond pas. Réessayez dans un instant.',
    signedOut: 'Votre session est terminée. Connectez-vous pour reprendre où vous étiez.',
    menu: 'Vous et cette page', theme: 'Couleurs', system: 'comme le système', light: 'claires', dark: 'sombres', language: 'Langue', keys: 'Touches', apiDocs: 'L’API, à lire',
    unreachable: 'Le serveur est injoignable.', unreachableDo: 'Vérifiez votre réseau, puis réessayez.', serverFault: 'Le serveur a fait une erreur.',
    serverFaultDo: 'Réessayez ; si cela persiste, son journal en dit plus.', forbidden: 'Vous n’avez pas le droit de faire cela.', forbiddenDo: 'Demandez ce droit à un administrateur.',
    notFound: 'Cela n’existe pas ici, ou n’est pas pour vous.', notFoundDo: 'Vérifiez que le lien est entier.', refused: 'Le serveur a refusé.', retry: 'Réessayer', close: 'Fermer', back: 'Retour',
    pageGone: 'Cette page ne fait pas partie de ce serveur.', copied: 'Copié', undo: 'Annuler', cancel: 'Annuler', save: 'Enregistrer', remove: 'Retirer',
    'right.administrator': 'administrateur', 'right.supervisor': 'superviseur', 'right.teacher': 'formateur', 'right.agent': 'agent', 'right.key': 'clé',
  },
};

/** Add the texts of a view: `learn({en: {…}, fr: {…}})`. */
export function learn(more) {
  for (const [language, texts] of Object.entries(more)) Object.assign(TEXTS[language], texts);
}

/** The text of a key; `{n}` in it is replaced by `values.n`. A key that nobody wrote is shown as it is. */
export function t(key, values = {}) {
  const text = TEXTS[document.documentElement.lang]?.[key] ?? TEXTS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** `key.one` or `key.other`, as the language counts. */
export function plural(key, n, values = {}) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(n) === 'one' ? 'one' : 'other';
  return t(`${key}.${form}`, {n, ...values});
}
