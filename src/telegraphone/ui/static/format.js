// Times in the reader's zone, durations and numbers, in the reader's language.

const locale = () => {
  const lang = document.documentElement.lang;
  return navigator.language.startsWith(lang) ? navigator.language : {en: 'en-GB', fr: 'fr-FR'}[lang];
};
const made = new Map();

function formatOf(name, make) {
  const key = `${locale()} ${name}`;
  if (!made.has(key)) made.set(key, make(locale()));
  return made.get(key);
}

const dates = (options) => (date) => formatOf(JSON.stringify(options), (at) => new Intl.DateTimeFormat(at, options)).format(new Date(date));

export const day = dates({weekday: 'short', day: 'numeric', month: 'short'});
export const dayWithYear = dates({day: 'numeric', month: 'short', year: 'numeric'});
export const clock = dates({hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
export const shortClock = dates({hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
export const full = dates({weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short'});

/** `today`, `Mon 23 Nov`, or with the year where it is not this one. */
export function dayOf(date) {
  const at = new Date(date), now = new Date();
  const days = Math.round((new Date(now.getFullYear(), now.getMonth(), now.getDate()) - new Date(at.getFullYear(), at.getMonth(), at.getDate())) / 86_400_000);
  if (days === 0 || days === 1) return formatOf('days', (where) => new Intl.RelativeTimeFormat(where, {numeric: 'auto'})).format(-days, 'day');
  return at.getFullYear() === now.getFullYear() ? day(at) : dayWithYear(at);
}

/** `2026-11-24` in the reader's zone. */
export function isoDay(date) {
  const pad = (n) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

export function number(n) {
  return formatOf('number', (at) => new Intl.NumberFormat(at)).format(n);
}

/** Seconds as `3:12` or `1:02:03`; `tenths` for places in a recording. */
export function duration(seconds, tenths = false) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return '';
  const all = tenths ? Math.floor(seconds * 10) / 10 : Math.round(seconds);
  const hours = Math.floor(all / 3600), minutes = Math.floor(all / 60) % 60, rest = all % 60;
  const tail = tenths ? rest.toFixed(1).padStart(4, '0') : String(rest).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

export function bytes(n) {
  const mega = n / 1e6;
  return formatOf('mega', (at) => new Intl.NumberFormat(at, {style: 'unit', unit: 'megabyte', maximumSignificantDigits: 2})).format(mega);
}

/** A telephone number or name of a party, for a list; what is hidden is said. */
export function partyOf(party, hidden) {
  return party.name || party.number || hidden;
}
