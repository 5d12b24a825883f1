// What this browser keeps for one person: taste, never calls.

/** The value kept under a name, or `otherwise`. */
export function kept(name, otherwise) {
  try {
    const text = localStorage.getItem(`telegraphone.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`telegraphone.${name}`, JSON.stringify(value));
  } catch { /* a browser that keeps nothing forgets it, and that is all */ }
}

/** Plain words, as first.js reads them before anything is painted. */
export function keepWord(name, word) {
  try {
    if (word) localStorage.setItem(`telegraphone.${name}`, word);
    else localStorage.removeItem(`telegraphone.${name}`);
  } catch { /* as above */ }
}
