// What is going on now: heard from the server's stream of changes, asked again where there is none.

import {callerOf, queueName, talkersOf} from '../calls/call_words.js';
import {fill, h, icon, mark, say} from '../dom.js';
import {duration, number} from '../format.js';
import {t} from '../texts/texts.js';

const KINDS = ['call.started', 'call.changed', 'call.ended'];
const SHOWN = 50, SOON_MS = 400, POLL_MS = 10_000;

export function makeNow(app) {
  const waiting = h('b', {}, '–'), talking = h('b', {}, '–'), state = h('span', {class: 'quiet state'}), list = h('tbody', {}), none = h('p', {class: 'quiet'}, t('nothingNow'));
  const wide = h('div', {class: 'wide', hidden: true, tabindex: 0, role: 'region', 'aria-label': t('now')}, h('table', {class: 'figures'}, h('thead', {}, h('tr', {}, ['caller', 'where', 'with', 'since'].map((one) => h('th', {scope: 'col', class: one === 'since' ? 'n' : null}, t(`now.${one}`))))), list));
  const root = h('section', {class: 'card now', 'aria-label': t('now')}, h('div', {class: 'now-head'}, h('h2', {}, t('now')), h('span', {class: 'tally'}, waiting, ' ', t('waitingNow')), h('span', {class: 'tally'}, talking, ' ', t('talkingNow')), state), none, wide);
  let asking = null, soon = 0, poll = 0, calls = [], source = null, isOver = false;
  const ticks = setInterval(tick, 1000);
  listen();
  load();

  function listen() {
    if (!globalThis.EventSource) return again();
    source = new EventSource(`/api/v1/changes${app.query({kinds: KINDS.join(',')})}`);
    for (const kind of KINDS) source.addEventListener(kind, later);
    source.onopen = () => { clearTimeout(poll); tell('live'); later(); };
    source.onerror = () => {
      tell(source.readyState === EventSource.CLOSED ? 'polled' : 'reconnecting');
      if (source.readyState === EventSource.CLOSED) again();
    };
  }

  function tell(word) {
    mark(root, 'data-state', word);
    fill(state, h('i', {class: 'pulse', 'aria-hidden': 'true'}), t(`now.${word}`));
  }

  function again() {
    tell('polled');
    clearTimeout(poll);
    if (!isOver) poll = setTimeout(() => { load(); again(); }, POLL_MS);
  }

  function later() {
    clearTimeout(soon);
    soon = setTimeout(load, SOON_MS);
  }

  async function load() {
    asking?.abort();
    asking = new AbortController();
    try {
      const since = new Date(Date.now() - 86_400_000).toISOString();
      calls = (await app.api(`/calls${app.query({outcome: 'ongoing', since, limit: SHOWN})}`, {signal: asking.signal})).items;
      paint();
    } catch (problem) {
      if (problem.name !== 'AbortError') tell('reconnecting');
    }
  }

  function paint() {
    say(talking, number(calls.filter((call) => call.answered_at).length));
    say(waiting, number(calls.filter((call) => !call.answered_at).length));
    none.hidden = calls.length > 0;
    wide.hidden = !calls.length;
    fill(list, calls.map(row));
    tick();
  }

  function row(call) {
    const [who] = callerOf(call), passage = call.queues.at(-1), q = {call: call.id};
    return h('tr', {data: {state: call.answered_at ? 'talking' : 'waiting'}},
      h('th', {scope: 'row'}, h('a', {href: `/${app.query(q)}`, onclick: (event) => { event.preventDefault(); app.go(q); }}, icon(call.direction), who)),
      h('td', {}, passage ? queueName(passage) : call.dialled.name || call.dialled.number), h('td', {}, call.answered_at ? talkersOf(call).join(', ') : t('ringing')),
      h('td', {class: 'n', data: {from: call.answered_at || call.started_at}}));
  }

  function tick() {
    for (const cell of list.querySelectorAll('[data-from]')) say(cell, duration(Math.max(0, (Date.now() - new Date(cell.dataset.from)) / 1000)));
  }

  function end() {
    isOver = true;
    source?.close();
    asking?.abort();
    clearInterval(ticks);
    clearTimeout(soon);
    clearTimeout(poll);
  }

  return {root, end};
}
