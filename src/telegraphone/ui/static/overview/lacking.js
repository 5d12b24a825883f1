// Calls that should have a recording and have none, newest first, with the reason.

import {callerOf} from '../calls/call_words.js';
import {fill, h} from '../dom.js';
import {clock, dayOf, duration} from '../format.js';
import {t} from '../texts/texts.js';

const PAGE = 20;

export function makeLacking(app) {
  const body = h('tbody', {}), state = h('p', {class: 'quiet', role: 'status'});
  const more = h('button', {type: 'button', class: 'plain', hidden: true, onclick: () => page()}, t('showMore'));
  const table = h('div', {class: 'wide', hidden: true, tabindex: 0, role: 'region', 'aria-label': t('lacking')}, h('table', {class: 'figures'}, h('thead', {}, h('tr', {}, ['when', 'caller', 'agent', 'talk', 'reason'].map((one) => h('th', {scope: 'col', class: one === 'talk' ? 'n' : null}, t(`lacking.${one}`))))), body));
  const root = h('section', {class: 'card'}, h('h2', {}, t('lacking')), state, table, more);
  let asked = null, cursor = '', asking = null;

  function load(wanted) {
    asked = wanted;
    cursor = '';
    fill(body);
    table.hidden = true;
    page();
  }

  async function page() {
    asking?.abort();
    const mine = (asking = new AbortController());
    fill(state, t('looking'));
    more.hidden = true;
    try {
      let found = [], looked = 0;
      do {  // where all is well, pages are empty and not the last
        const answer = await app.api(`/coverage/missing${app.query({since: asked.since.toISOString(), before: asked.before.toISOString(), limit: PAGE, cursor})}`, {signal: mine.signal});
        found = found.concat(answer.items);
        cursor = answer.next || '';
        looked += 1;
      } while (!found.length && cursor && looked < 5);
      paint(found);
    } catch (problem) {
      if (problem.name !== 'AbortError') fill(state, app.explain(problem, page));
    }
  }

  function paint(found) {
    body.append(...found.map(row));
    table.hidden = !body.children.length;
    more.hidden = !cursor;
    fill(state, body.children.length ? null : t(cursor ? 'noneYet' : 'nothingLacks'));
  }

  function row(call) {
    const q = {call: call.id};
    return h('tr', {}, h('th', {scope: 'row'}, h('a', {href: `/${app.query(q)}`, onclick: (event) => { event.preventDefault(); app.go(q); }}, `${dayOf(call.started_at)}, ${clock(call.started_at)}`)),
      h('td', {}, callerOf(call)[0]), h('td', {}, call.answered_by?.name || call.agents[0] || call.answered_by?.number || ''), h('td', {class: 'n'}, duration(call.talk_s)), h('td', {}, t(`reason.${call.reason}`)));
  }

  return {root, load, end: () => asking?.abort()};
}
