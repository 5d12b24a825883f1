// What stands beside a call: other calls of the same caller, what happened in it step by step, who listened, and its ids.

import {callerOf, queuesOf, talkersOf, toneOf} from '../calls/call_words.js';
import {fill, h, icon, mark} from '../dom.js';
import * as format from '../format.js';
import {t} from '../texts/texts.js';

const MOST = 8;

/** The other calls of this number, whichever side it was on. */
export function othersOf(app, call, open) {
  const outside = call.direction === 'outgoing' ? call.dialled.number : call.caller.number;
  const list = h('ul', {class: 'others'});
  const root = h('section', {class: 'part', hidden: true}, h('h3', {}, t('otherCalls', {who: outside}), ' ', h('button', {type: 'button', class: 'plain', onclick: () => app.go({q: outside})}, t('all'))), list);
  if (outside) {
    app.api(`/calls${app.query({number: outside, limit: MOST + 1})}`).then(({items}) => {
      const others = items.filter((one) => one.id !== call.id).slice(0, MOST);
      root.hidden = !others.length;
      fill(list, others.map((one) => h('li', {}, h('a', {href: `/?call=${one.id}`, onclick: (event) => { if (event.metaKey || event.ctrlKey) return; event.preventDefault(); open(one.id); }},
        h('span', {class: 'when'}, `${format.dayOf(one.started_at)} ${format.shortClock(one.started_at)}`), icon(one.direction), h('span', {}, talkersOf(one).at(-1) || queuesOf(one)[0] || callerOf(one)[0]),
        h('span', {class: 'quiet', 'data-tone': toneOf(one.outcome)}, one.outcome === 'answered' ? format.duration(one.talk_s) : t(`outcome.${one.outcome}`))))));
    }, () => {});
  }
  return root;
}

/** Everything that happened, in order, with its place from the start of the call. */
export function stepsIn(call, seek) {
  const start = Date.parse(call.started_at);
  const line = (one) => {
    const at = (Date.parse(one.at) - start) / 1000;
    return h('tr', {}, h('td', {class: 'n'}, h('button', {type: 'button', class: 'plain', onclick: () => seek(at)}, format.duration(Math.max(0, at), true))), h('td', {}, t(`step.${one.kind}`)), h('td', {}, one.who, one.detail ? h('span', {class: 'quiet'}, ` ${one.detail}`) : null));
  };
  return folded(t('steps'), () => h('table', {class: 'steps'}, h('tbody', {}, call.timeline.map(line))));
}

/** Who heard, downloaded or looked at it; administrators only. */
export function listenersOf(app, call) {
  if (!app.can('admin')) return null;
  return folded(t('whoListened'), () => {
    const place = h('div', {class: 'quiet'}, '…');
    app.api(`/access_log${app.query({call: call.id, limit: 100})}`).then(({items}) => {
      mark(place, 'class', items.length ? null : 'quiet');
      fill(place, items.length ? h('table', {}, h('tbody', {}, items.map((one) => h('tr', {},
        h('td', {}, `${format.dayOf(one.at)} ${format.clock(one.at)}`), h('td', {}, h('b', {}, one.actor)), h('td', {}, t(`action.${one.action}`), one.outcome === 'ok' ? null : h('span', {class: 'wrong'}, ` ${one.outcome}`)), h('td', {class: 'quiet'}, one.address))))) : t('nobodyYet'));
    }, (problem) => fill(place, problem.message || t('unreachable')));
    return place;
  });
}

/** Ids for who has to look into the PBX's own logs, and what was inferred. */
export function idsOf(call) {
  const pairs = [[t('column.pbx'), call.pbx], [t('linkedId'), call.linked_id], [t('uniqueIds'), call.unique_ids.join(' ')], ...call.recordings.map((one) => [t('fileId'), `${one.id}  ${one.format || ''} ${one.bytes ? format.bytes(one.bytes) : ''} ${one.sha256 ? `sha256 ${one.sha256.slice(0, 12)}…` : ''}`])];
  const inferred = Object.entries(call.certainty).map(([field, why]) => [field, why]);
  return folded(t('ids'), () => h('div', {}, h('table', {}, h('tbody', {}, pairs.map(([name, text]) => h('tr', {}, h('th', {scope: 'row'}, name), h('td', {}, h('code', {}, text)))))),
    inferred.length ? [h('h4', {}, t('inferred')), h('ul', {}, inferred.map(([field, why]) => h('li', {}, h('b', {}, field), ' ', why)))] : null));
}

/** A part that is made when it is opened. */
function folded(title, make) {
  const inner = h('div', {});
  const root = h('details', {class: 'part'}, h('summary', {}, h('h3', {}, title)), inner);
  root.addEventListener('toggle', () => { if (root.open) fill(inner, make()); });
  mark(root, 'data-folded', true);
  return root;
}
