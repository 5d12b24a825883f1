// The search box, and what it offers while one types (a combobox as WAI-ARIA describes it).

import {directoryAgents, directoryQueues} from './call_words.js';
import {fill, h, icon, mark} from '../dom.js';
import {DIRECTIONS, OPERATORS, OUTCOMES, QUEUE_OUTCOMES, partsOf, quoted, wordIn} from './query.js';
import {spanIn} from './moments.js';
import {t} from '../texts/texts.js';

const SPANS = ['today', 'yesterday', 'this week', 'last 7 days', 'this month'];
const MOST = 9;

/** `changed(text)` at each key, `app` asks the server for what agents, queues and keys there are. */
export function makeBox(app, changed) {
  const input = h('input', {
    type: 'search', id: 'box', role: 'combobox', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', 'aria-label': t('search'),
    'aria-expanded': 'false', 'aria-controls': 'offers', 'aria-autocomplete': 'list', 'aria-describedby': 'box-note', placeholder: t('searchFor'), enterkeyhint: 'search',
  });
  const offers = h('ul', {id: 'offers', role: 'listbox', 'aria-label': t('offers'), hidden: true});
  const root = h('div', {class: 'box'}, icon('search'), input, offers);
  const state = {offered: [], active: -1, asked: null, said: ''};

  input.addEventListener('input', () => { changed(input.value); offer(); });
  input.addEventListener('keydown', onKey);
  input.addEventListener('blur', dismiss);
  offers.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const one = event.target.closest('[role=option]');
    if (one) take(Number(one.dataset.place));
  });

  function onKey(event) {
    const {key} = event, open = !offers.hidden;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return void offer(true);
      activate((state.active + (key === 'ArrowDown' ? 1 : -1) + state.offered.length + 1) % (state.offered.length + 1));
    } else if (open && state.active >= 0 && state.active < state.offered.length && (key === 'Enter' || key === 'Tab')) {
      event.preventDefault();
      take(state.active);
    } else if (key === 'Enter') {
      dismiss();
    } else if (key === 'Escape') {
      event.preventDefault();  // it would empty the box
      event.stopPropagation();
      if (open) dismiss();
      else input.blur();
    }
  }

  function activate(place) {
    state.active = place === state.offered.length ? -1 : place;
    offers.querySelectorAll('[role=option]').forEach((one, index) => mark(one, 'aria-selected', index === state.active));
    mark(input, 'aria-activedescendant', state.active < 0 ? null : `offer-${state.active}`);
  }

  function close() {
    offers.hidden = true;
    state.active = -1;
    mark(input, 'aria-expanded', 'false');
    mark(input, 'aria-activedescendant', null);
  }

  /** Closed by whoever types: what the server still tells does not open it again. */
  function dismiss() {
    state.asked?.abort();
    close();
  }

  /** What could stand where the caret is. */
  async function offer(always = false) {
    const part = partAt(input.value, input.selectionStart);
    if (!part.text && !always) return close();
    state.asked?.abort();
    state.asked = new AbortController();
    const {signal} = state.asked;
    show(part, atOnce(part.text));
    const later = await fromServer(part.text, signal).catch(() => []);
    if (!signal.aborted && later.length) show(part, merged(atOnce(part.text), later), state.offered[state.active]?.text);
  }

  /** `chosen`: what somebody was about to take when more came; it stays so. */
  function show(part, offered, chosen = null) {
    state.offered = offered.slice(0, MOST).map((one) => ({...one, part}));
    if (!state.offered.length || document.activeElement !== input) return close();
    sayOffers(JSON.stringify(state.offered.map(({text, hint}) => [text, hint])));
    offers.hidden = false;
    mark(input, 'aria-expanded', 'true');
    activate(state.offered.findIndex((one) => one.text === chosen));
  }

  /** The server mostly knows the same as we: then nothing is put anew. */
  function sayOffers(said) {
    if (said === state.said) return;
    state.said = said;
    fill(offers, state.offered.map((one, place) => h('li', {role: 'option', id: `offer-${place}`, 'data-place': place, 'aria-selected': 'false'},
      h('b', {}, one.text), one.hint ? h('span', {class: 'quiet'}, one.hint) : null)));
  }

  async function fromServer(text, signal) {
    const [, word, value] = /^([\p{L}]+):(.*)$/su.exec(text) || [];
    const field = ['agent', 'queue', 'key'].find((one) => word && names(one).includes(word.toLowerCase()));
    if (!field || value.includes('=')) return [];
    const found = await app.api(`/suggestions${app.query({field, text: value.replaceAll('"', '') || undefined})}`, {signal});
    return (found.items || found).map((one) => offerOf(word, one));
  }

  function take(place) {
    const {part, text, open} = state.offered[place];
    const before = input.value.slice(0, part.from), after = input.value.slice(part.to);
    const gap = open || after.startsWith(' ') ? '' : ' ';
    input.value = before + text + gap + after;
    const caret = (before + text + gap).length;
    input.setSelectionRange(caret, caret);
    changed(input.value);
    if (open) offer();
    else dismiss();
  }

  return {
    root, input,
    get text() { return input.value; },
    set text(value) { if (value !== input.value) input.value = value; },
    focus() { input.focus(); input.select(); },
  };
}

function partAt(text, caret) {
  const part = partsOf(text).find((one) => one.from < caret && caret <= one.to);
  return part || {text: '', from: caret, to: caret};
}

const language = () => (document.documentElement.lang === 'fr' ? 'fr' : 'en');
const names = (field) => [...OPERATORS[field].en, ...OPERATORS[field].fr];

function offerOf(word, one) {
  if (typeof one === 'string') return {text: `${word}:${quoted(one)}`};
  const value = one.value ?? one.number ?? one.name;
  return {text: `${word}:${quoted(value)}`, hint: one.label ?? (one.name !== value ? one.name : '')};
}

function merged(first, second) {
  const seen = new Set();
  return [...first, ...second].filter((one) => !seen.has(one.text) && seen.add(one.text));
}

/** What needs no server: operators, words, days, and the names of the directory. */
function atOnce(text) {
  const [, word, value] = /^([\p{L}]+):(.*)$/su.exec(text) || [];
  if (word) return valuesOf(word.toLowerCase(), value.replaceAll('"', '').toLowerCase()).map((one) => ({text: `${word}:${quoted(one.value)}`, hint: one.hint}));
  const start = text.toLowerCase();
  const spans = SPANS.map((span) => spanIn(language(), span)).filter((span) => span.startsWith(start)).map((span) => ({text: span}));
  const order = {text: wordIn(language(), 'longest'), hint: t('operator.order')};
  const operators = Object.keys(OPERATORS).map((field) => ({text: `${OPERATORS[field][language()][0]}:`, hint: t(`operator.${field}`), open: true}));
  const words = [...DIRECTIONS, ...OUTCOMES].map((word) => ({text: wordIn(language(), word)}));
  return [...[...operators, ...words].filter((one) => one.text.startsWith(start)), ...peopleNamed(folded(start)), ...spans, ...(order.text.startsWith(start) ? [order] : [])];
}

/** Those of whose names one begins so, before those that have it in the middle. */
function peopleNamed(part) {
  if (part.length < 2) return [];
  const isInside = (one) => !` ${folded(one.name)}`.includes(` ${part}`);
  const found = directoryAgents().filter((one) => folded(one.name).includes(part)).sort((a, b) => isInside(a) - isInside(b));
  return found.map((one) => ({text: `agent:${one.number}`, hint: one.name}));
}

const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function valuesOf(word, start) {
  const field = Object.keys(OPERATORS).find((one) => names(one).includes(word));
  const fixed = {direction: DIRECTIONS, outcome: OUTCOMES, left: QUEUE_OUTCOMES, recorded: ['yes', 'no'], reviewed: ['yes', 'no']}[field];
  if (fixed) return fixed.filter((one) => one.startsWith(start)).map((value) => ({value, hint: t(field === 'left' ? `queueOutcome.${value}` : field === 'outcome' ? `outcome.${value}` : value)}));
  if (field === 'agent') return directoryAgents().filter((one) => one.number.startsWith(start) || folded(one.name).includes(folded(start))).map((one) => ({value: one.number, hint: one.name}));
  if (field === 'queue') return directoryQueues().filter((one) => folded(`${one.name} ${one.display}`).includes(folded(start))).map((one) => ({value: one.name, hint: one.display}));
  return [];
}
