// Spans of days and lengths of time, as people write them, in English and French.

import {isoDay} from '../format.js';

const PHRASES = {
  'today': 'today', "aujourd'hui": 'today', 'aujourd’hui': 'today', 'yesterday': 'yesterday', 'hier': 'yesterday',
  'this week': 'this week', 'cette semaine': 'this week', 'last week': 'last week', 'la semaine dernière': 'last week', 'semaine dernière': 'last week',
  'this month': 'this month', 'ce mois': 'this month', 'ce mois-ci': 'this month', 'last month': 'last month', 'le mois dernier': 'last month', 'mois dernier': 'last month',
};
const FRENCH = {
  'today': 'aujourd’hui', 'yesterday': 'hier', 'this week': 'cette semaine', 'last week': 'la semaine dernière', 'this month': 'ce mois-ci', 'last month': 'le mois dernier',
};
const LAST_DAYS = /^(?:last|past) (\d{1,3}) days?$|^(\d{1,3}) derniers jours$/;
const DAY = String.raw`\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?`;
const SPAN = new RegExp(`^(?:(${DAY})|(${DAY})?\\.\\.(${DAY})?)$`, 'i');

/** The span that these words name, in one form for all languages; null if they name none. */
export function spanOf(words) {
  const text = words.toLowerCase();
  if (PHRASES[text]) return PHRASES[text];
  const days = LAST_DAYS.exec(text);
  if (days) return `last ${Number(days[1] || days[2])} days`;
  return isSpan(words) ? words.toUpperCase() : null;
}

function isSpan(text) {
  const found = SPAN.exec(text);
  return Boolean(found) && text !== '..' && found.slice(1).filter(Boolean).every((one) => !Number.isNaN(moment(one).getTime()));
}

/** Every word with which a span may begin. */
export const wordsOfSpans = () => [...Object.keys(PHRASES), 'last', 'past'];

/** The same span in the words of a language. */
export function spanIn(language, span) {
  if (language !== 'fr') return span;
  const days = LAST_DAYS.exec(span);
  return days ? `${days[1]} derniers jours` : FRENCH[span] || span;
}

/** From when until when a span lasts, in the reader's zone: {since, before}, each a Date or null. */
export function boundsOf(span, now = new Date()) {
  const at = (days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  const weekday = (now.getDay() + 6) % 7;
  const month = (months) => new Date(now.getFullYear(), now.getMonth() + months, 1);
  const named = {
    'today': [0, null], 'yesterday': [-1, 0], 'this week': [-weekday, null], 'last week': [-weekday - 7, -weekday],
  }[span];
  if (named) return {since: at(named[0]), before: named[1] === null ? null : at(named[1])};
  if (span === 'this month') return {since: month(0), before: null};
  if (span === 'last month') return {since: month(-1), before: month(0)};
  const days = LAST_DAYS.exec(span);
  return days ? {since: at(1 - Number(days[1])), before: null} : datesOf(span);
}

function datesOf(span) {
  const [, only, first, last] = SPAN.exec(span);
  const from = only || first, to = only || last;
  return {since: from ? moment(from) : null, before: to ? after(to) : null};
}

function moment(text) {
  const [year, month, day, hour = 0, minute = 0] = text.split(/[-T:]/i).map(Number);
  const found = new Date(year, month - 1, day, hour, minute);
  return isoDay(found) === text.slice(0, 10) ? found : new Date(NaN);
}

/** A last day counts whole, a last minute does not. */
function after(text) {
  const found = moment(text);
  return text.length > 10 ? found : new Date(found.getFullYear(), found.getMonth(), found.getDate() + 1);
}

const UNITS = {s: 1, sec: 1, second: 1, seconds: 1, seconde: 1, secondes: 1, m: 60, min: 60, mn: 60, minute: 60, minutes: 60, h: 3600, hour: 3600, hours: 3600, heure: 3600, heures: 3600};
const LENGTH = /^(\d+(?:[.,]\d+)?)([a-z]*)(?:(\d{1,2})(?:m|min|s)?)?$/;

/** Seconds that a length means: `90`, `3min`, `1h30`, `2:30`; null if it is none. */
export function secondsOf(words) {
  const text = words.toLowerCase().replace(/\s+/g, '');
  const parts = /^(?:(\d+):)?(\d{1,3}):(\d\d)$/.exec(text);
  if (parts) return Number(parts[1] || 0) * 3600 + Number(parts[2]) * 60 + Number(parts[3]);
  const found = LENGTH.exec(text);
  if (!found || !(UNITS[found[2] || 's'])) return null;
  const unit = UNITS[found[2] || 's'];
  return Math.round(Number(found[1].replace(',', '.')) * unit + Number(found[3] || 0) * (unit / 60));
}

export const isUnit = (word) => word.toLowerCase() in UNITS;

/** Seconds as short words: `3min`, `90s`, `1h30`. */
export function lengthOf(seconds) {
  if (seconds % 60 || !seconds) return `${seconds}s`;
  const minutes = seconds / 60;
  return minutes < 60 ? `${minutes}min` : `${Math.floor(minutes / 60)}h${minutes % 60 ? String(minutes % 60).padStart(2, '0') : ''}`;
}
