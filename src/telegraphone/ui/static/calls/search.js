// The calls: a box and filters that say the same, the list of what they find, and beside it the call that was opened.

import {closeOutside} from '../app.js';
import {makeBox} from './box.js';
import {audible, useDirectory} from './call_words.js';
import {ALWAYS, CHOSEN} from './columns.js';
import {fill, h, icon, mark, say} from '../dom.js';
import {makeFilters} from './filters.js';
import * as text_of from '../format.js';
import {keep, kept} from '../kept.js';
import {columnChoice, makeList} from './list.js';
import {watch} from './live.js';
import {format, parametersOf, parse} from './query.js';
import {makeResults} from './results.js';
import {savedMenu} from './saved.js';
import {plural, t} from '../texts/texts.js';

/** So often at most the server is asked while somebody types: the first key is answered at once. */
const PATIENCE_MS = 90;

export function show(root, params, app) {
  let now = params, waiting = 0, askedAt = 0, searched = null, foundBy = null, covered = '', panel = null;
  const note = h('p', {id: 'box-note', class: 'box-note', hidden: true});
  const count = h('span', {class: 'total', role: 'status'});
  const busy = h('div', {class: 'busy', hidden: true});
  const fresh = h('button', {type: 'button', class: 'fresh', hidden: true, onclick: () => { fresh.hidden = true; results.again(); }}, t('newCalls'));
  const box = makeBox(app, typed);
  const filters = makeFilters(turned);
  const list = makeList({select, open, play, more: () => results.more(), order: reorder});
  const results = makeResults(app, {room: () => list.room, found, settled: list.settle, more, counted, state});
  const side = h('section', {class: 'side', hidden: true, 'aria-label': t('call')});
  const desk = h('div', {class: 'desk'}, h('section', {class: 'found', 'aria-label': t('calls')}, filters.root, note, busy, fresh, list.root), side);

  const exportLink = h('a', {class: 'button plain', download: '', 'aria-label': t('exportCsv'), title: t('exportCsv')}, icon('down'));

  fill(app.slot, box.root, count, filterSwitch(), h('span', {class: 'tools'}, savedMenu(app, () => box.text, put), columnsMenu(), exportLink));
  fill(root, desk);
  list.layOut(kept('columns', CHOSEN));
  knowDirectory(app).then(() => { filters.knowDirectory(); list.repaint(); });
  const stopListening = app.player.listen(playing);
  const stopWatching = watch(app, {knows: (id) => list.items.some((one) => one.id === id), changed: list.put, others});
  take(params);

  /** The address says what is shown; whatever changes, changes it. */
  function take(wanted) {
    now = wanted;
    if (box.text !== (wanted.q || '') && document.activeElement !== box.input) box.text = wanted.q || '';
    if (searched !== (wanted.q || '')) run(wanted.q || '');
    openPanel(wanted);
  }

  function typed(text) {
    clearTimeout(waiting);
    const left = askedAt + PATIENCE_MS - performance.now();
    if (left <= 0) put(text);
    else waiting = setTimeout(() => put(text), left);
  }

  function turned(wanted) {
    box.text = format(wanted);
    typed(box.text);
  }

  function reorder(which) {
    put(format({...parse(box.text).filters, order: which === 'newest' ? undefined : which}));
  }

  function put(text) {
    box.text = text;
    askedAt = performance.now();
    app.go({...now, q: text.trim() || null}, {replace: true});
  }

  function run(text) {
    searched = text;
    mark(desk, 'data-q', text);
    const {filters: wanted, problems} = parse(text), parameters = parametersOf(wanted), asked = JSON.stringify(parameters);
    filters.show(wanted);
    if (asked !== foundBy) covered = '';
    tell(problems.map((one) => t(`not.${one.why}`, {text: one.text})).join(' ') || covered);
    mark(box.input, 'aria-invalid', problems.length ? 'true' : null);
    mark(exportLink, 'href', `/api/v1/calls.csv${app.query({...parameters, order: undefined, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, bom: true})}`);
    list.order(wanted.order || 'newest');
    if (asked === foundBy) return;  // a word of which only the beginning is there changes nothing yet
    foundBy = asked;
    results.search(parameters);
  }

  function tell(text) {
    say(note, text);
    note.hidden = !text;
  }

  function found(items, ended) {
    fresh.hidden = true;
    list.replace(items, ended);
    list.say(items.length ? null : nothing());
    const index = now.call ? items.findIndex((one) => String(one.id) === now.call) : -1;
    if (index >= 0) list.select(index);
    app.player.know(list);
    (window.requestIdleCallback || setTimeout)(() => import('../call/call.js'));  // so that the first call opens at once
  }

  function more(items, ended) {
    list.append(items, ended);
  }

  function counted(n, exact, compared) {
    if (compared) return tellCompared(compared);
    say(count, exact ? plural('callsFound', n, {n: text_of.number(n)}) : t('callsFound.many', {n: text_of.number(n)}));
  }

  /** Only so many are put in order: it is said where that was not all. */
  function tellCompared({calls, since}) {
    say(count, calls === 1 ? plural('callsFound', 1, {n: 1}) : t('longestOf', {n: text_of.number(calls)}));
    covered = since ? t('comparedSince', {n: text_of.number(calls), day: text_of.full(since)}) : '';
    if (covered) tell(covered);
  }

  /** Calls that are not in the list: shown at once to who only looks at its beginning, offered to everybody else. */
  function others() {
    if (list.grid.scrollTop < 1 && list.selected < 0 && !now.call) results.again();
    else fresh.hidden = false;
  }

  function state(word, problem) {
    mark(desk, 'data-state', word);
    busy.hidden = word !== 'loading' && word !== 'slow';
    if (word === 'slow') say(count, t('slow'));
    if (word === 'failed') { foundBy = null; list.replace([], true); list.say(app.explain(problem, results.again)); say(count, ''); }
    if (word === 'failed-more') list.say(app.explain(problem, () => { list.say(null); results.retryMore(); }));
  }

  /** Nothing found: which condition is the one too many? Or there is nothing at all yet. */
  function nothing() {
    const {filters: wanted} = parse(box.text);
    const names = Object.keys(wanted).filter((name) => name !== 'value' && name !== 'order');
    if (!names.length) return firstRun();
    return h('div', {class: 'nothing'}, h('p', {}, t('nothing')), h('p', {class: 'quiet'}, t('nothingDo')), h('p', {}, names.map((name) => {
      const without = {...wanted, [name]: undefined, ...(name === 'key' ? {value: undefined} : {})};
      return h('button', {type: 'button', onclick: () => put(format(without))}, icon('close'), format({[name]: wanted[name], ...(name === 'key' ? {value: wanted.value} : {})}));
    })));
  }

  function firstRun() {
    const place = h('div', {});
    import('../firstrun.js').then((module) => module.show(place, app));
    return place;
  }

  function select(index) {
    list.select(index);
    if (now.call) app.go({...now, call: list.items[index].id, t: null, rec: null}, {replace: true});
  }

  function open(index) {
    list.select(index);
    app.go({...now, call: list.items[index].id, t: null, rec: null}, {replace: Boolean(now.call)});
  }

  function play(index) {
    list.select(index);
    const call = list.items[index];
    if (app.player.call?.id === call.id) app.player.toggle();
    else app.player.play(call, {from: list});
  }

  /** When the player goes on by itself, who had chosen the call before goes along. */
  function playing(state, what, before) {
    list.showPlaying(state);
    if (what !== 'follow' || list.items[list.selected]?.id !== before.id) return;
    const index = list.items.findIndex((one) => one.id === state.call);
    if (index >= 0) select(index);
  }

  function openPanel(wanted) {
    const id = wanted.call || '';
    mark(desk, 'data-open', Boolean(id));
    side.hidden = !id;
    if (!id) {
      panel?.end();
      panel = null;
      fill(side);
    } else if (panel?.id === id) {
      panel.end.changed?.(wanted);
    } else {
      panel?.end();
      const mine = (panel = {id, end: () => {}});
      import('../call/call.js').then((module) => {
        if (panel === mine) mine.end = module.show(side, wanted, {...app, closePanel, changedCall: list.put});
      });
    }
  }

  function closePanel() {
    app.go({...now, call: null, t: null, rec: null});
    list.grid.focus();
  }

  function columnsMenu() {
    let chosen = kept('columns', CHOSEN);
    const menu = h('details', {class: 'menu columns'}, h('summary', {'aria-label': t('columns'), title: t('columns')}, icon('columns')),
      h('div', {class: 'sheet'}, h('p', {class: 'quiet'}, t('columns')), columnChoice(chosen, ALWAYS, (wanted) => {
        chosen = wanted;
        keep('columns', wanted);
        list.layOut(wanted);
      })));
    closeOutside(menu);
    return menu;
  }

  function filterSwitch() {
    return h('button', {type: 'button', class: 'filter-switch', 'aria-label': t('filters'), 'aria-expanded': 'false', onclick: (event) => {
      const open = filters.root.toggleAttribute('data-open');
      mark(event.currentTarget, 'aria-expanded', String(open));
    }}, icon('sliders'));
  }

  /** What keys do here; the others are the player's. */
  const keys = {
    search: () => box.focus(),
    step: (by) => step(by),
    enter: () => list.selected >= 0 && open(list.selected),
    play: () => list.selected >= 0 && audible(list.items[list.selected]) && play(list.selected),
    escape: () => (now.call ? closePanel() : null),
  };
  app.keys.use(keys);

  function step(by) {
    const index = Math.max(0, Math.min(list.items.length - 1, list.selected + by));
    if (index === list.selected || !list.items.length) return;
    const carry = app.player.isPlaying && list.selected >= 0 && app.player.call?.id === list.items[list.selected]?.id;
    select(index);
    if (carry && audible(list.items[index])) app.player.play(list.items[index], {from: list});
  }

  const end = () => {
    clearTimeout(waiting);
    results.end();
    list.end();
    stopListening();
    stopWatching();
    panel?.end();
    app.keys.use({});
  };
  end.changed = take;
  return end;
}

let known = null;

/** The names of agents and queues; asked once. Who may not read them sees numbers. */
function knowDirectory(app) {
  known ||= Promise.all([app.api('/directory/queues'), app.api('/directory/agents')]).then(([queues, agents]) => useDirectory(queues, agents)).catch(() => {});
  return known;
}
