// The columns of the list: what each says of a call, and how many find room.

import {audible, callerOf, dialledOf, queuesOf, talkersOf, toneOf} from './call_words.js';
import {fill, h, icon, mark, say} from '../dom.js';
import * as format from '../format.js';
import {t} from '../texts/texts.js';

/** {id, width, grow, keep}: least pixels, share of what is left, and how dearly it is kept where there is little room. */
export const COLUMNS = [
  {id: 'play', width: 30, grow: 0, keep: 99, paint: paintPlay},
  {id: 'when', width: 136, grow: 0, keep: 98, paint: paintWhen},
  {id: 'direction', width: 22, grow: 0, keep: 90, paint: paintDirection},
  {id: 'caller', width: 132, grow: 3, keep: 97, paint: (cell, call) => paintParty(cell, callerOf(call))},
  {id: 'dialled', width: 110, grow: 2, keep: 60, paint: (cell, call) => paintParty(cell, dialledOf(call))},
  {id: 'agent', width: 116, grow: 2, keep: 96, paint: (cell, call) => paintNames(cell, talkersOf(call))},
  {id: 'queue', width: 84, grow: 1.5, keep: 80, paint: (cell, call) => paintNames(cell, queuesOf(call))},
  {id: 'outcome', width: 92, grow: 0.5, keep: 95, paint: paintOutcome},
  {id: 'wait', width: 56, grow: 0, keep: 50, right: true, paint: (cell, call) => say(cell, format.duration(call.wait_s))},
  {id: 'talk', width: 60, grow: 0, keep: 94, right: true, paint: (cell, call) => say(cell, format.duration(call.talk_s))},
  {id: 'recording', width: 84, grow: 0.5, keep: 93, paint: paintRecording},
  {id: 'data', width: 150, grow: 3, keep: 40, paint: paintData},
  {id: 'pbx', width: 70, grow: 0.5, keep: 10, paint: (cell, call) => say(cell, call.pbx)},
];
export const CHOSEN = ['play', 'when', 'direction', 'caller', 'dialled', 'agent', 'queue', 'outcome', 'wait', 'talk', 'recording', 'data'];
export const ALWAYS = new Set(['play', 'when', 'caller']);
export const COMPACT = ['play', 'when', 'direction', 'caller', 'agent', 'outcome', 'talk', 'recording'];
const GAP = 12;

/** The columns that fit, of those that were chosen; `compact` is two lines for each call. */
export function fitting(chosen, width) {
  const wanted = COLUMNS.filter((one) => chosen.includes(one.id));
  if (width < 600) return {compact: true, columns: COLUMNS.filter((one) => COMPACT.includes(one.id))};
  const needed = () => wanted.reduce((sum, one) => sum + one.width + GAP, 32);
  while (needed() > width && wanted.length > 4) {
    const least = wanted.reduce((a, b) => (b.keep < a.keep ? b : a));
    wanted.splice(wanted.indexOf(least), 1);
  }
  return {compact: false, columns: wanted};
}

export const templateOf = (columns) => columns.map((one) => (one.grow ? `minmax(${one.width}px, ${one.grow}fr)` : `${one.width}px`)).join(' ');

function paintPlay(cell, call) {
  if (!cell.firstChild) cell.append(h('button', {type: 'button', class: 'row-play', tabindex: -1}, icon('play'), icon('pause')));
  const button = cell.firstChild;
  button.hidden = !audible(call);
  mark(button, 'aria-label', t('playCall', {who: callerOf(call)[0]}));
}

function paintWhen(cell, call, before) {
  if (!cell.firstChild) cell.append(h('span', {class: 'day'}), ' ', h('span', {}));
  const day = format.dayOf(call.started_at);
  say(cell.firstChild, day);
  say(cell.lastChild, format.shortClock(call.started_at));
  mark(cell.firstChild, 'data-same', Boolean(before) && format.dayOf(before.started_at) === day);
  mark(cell, 'title', format.full(call.started_at));
}

function paintDirection(cell, call) {
  if (cell.dataset.direction === call.direction) return;
  cell.dataset.direction = call.direction;
  mark(cell, 'title', t(call.direction));
  fill(cell, icon(call.direction), h('span', {class: 'away'}, t(call.direction)));
}

function paintParty(cell, [first, second]) {
  if (!cell.firstChild) cell.append(h('span', {}), ' ', h('span', {class: 'quiet'}));
  say(cell.firstChild, first);
  say(cell.lastChild, second);
}

function paintNames(cell, names) {
  if (!cell.firstChild) cell.append(h('span', {}), ' ', h('span', {class: 'quiet'}));
  say(cell.firstChild, names.length ? names.at(-1) : '');
  say(cell.lastChild, names.length > 1 ? `+${names.length - 1}` : '');
  mark(cell, 'title', names.length > 1 ? names.join(' → ') : null);
}

function paintOutcome(cell, call) {
  say(cell, t(`outcome.${call.outcome}`));
  mark(cell, 'data-tone', toneOf(call.outcome) || null);
}

function paintRecording(cell, call) {
  const heard = audible(call), first = heard || call.recordings[0];
  const flawed = first?.flaws.length > 0;
  say(cell, !first ? '' : heard ? format.duration(heard.duration_s) : t(`state.${first.state}`));
  mark(cell, 'data-state', first ? (flawed && heard ? 'flawed' : first.state) : null);
  mark(cell, 'title', flawed ? first.flaws.map((one) => t(`flaw.${one}`)).join(', ') : null);
}

function paintData(cell, call) {
  const pairs = Object.entries(call.attached_data).filter(([key]) => key !== 'recording');
  const text = pairs.map(([key, value]) => `${key} ${value}`).join(' · ');
  say(cell, text.slice(0, 300));
  mark(cell, 'title', text.length > 20 ? text.slice(0, 1000) : null);
}
