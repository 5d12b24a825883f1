// A list of calls as long as one likes: only the rows in sight are in the page, and they are used again.

import {COLUMNS, fitting, templateOf} from './columns.js';
import {fill, h, mark} from '../dom.js';
import {t} from '../texts/texts.js';

/** So many rows beyond those in sight are kept ready, and so many more are asked for in time. */
const OVERSCAN = 8;
const AHEAD = 20;
/** The columns by which the calls can be in order, and what that order is called. */
const ORDERS = {when: 'newest', talk: 'longest'};

/**
 * `on`: {select(index), open(index), play(index), more(), order(which)}. The list asks for `more` when the end comes into sight.
 * Its rows are those of `items`, which grows at its end only: nothing that was seen moves.
 */
export function makeList(on) {
  const head = h('div', {class: 'head', role: 'row'});
  const body = h('div', {class: 'rows', role: 'rowgroup'});
  const tail = h('div', {class: 'tail'});
  const grid = h('div', {class: 'grid', role: 'grid', tabindex: 0, 'aria-label': t('calls'), 'aria-readonly': 'true'}, h('div', {role: 'rowgroup'}, head), body);
  const root = h('div', {class: 'list'}, grid, tail);
  const state = {items: [], rows: [], selected: -1, playing: null, height: 32, inSight: 0, top: 0, asks: false, columns: [], chosen: [], ended: true, frame: 0, order: 'newest'};

  grid.addEventListener('scroll', () => { state.asks = true; state.frame ||= requestAnimationFrame(() => paint()); }, {passive: true});
  body.addEventListener('click', (event) => {
    const index = indexAt(event.target);
    if (index < 0) return;
    if (event.target.closest('.row-play')) on.play(index);
    else on.open(index);
  });
  const watcher = new ResizeObserver(() => layOut());
  watcher.observe(grid);

  function indexAt(target) {
    const row = target.closest('[data-index]');
    return row ? Number(row.dataset.index) : -1;
  }

  /** Which columns fit is asked again when the room changes or others were chosen. */
  function layOut(chosen = state.chosen) {
    state.chosen = chosen;
    const {compact, columns} = fitting(chosen, grid.clientWidth);
    const key = `${compact} ${columns.map((one) => one.id)} ${document.documentElement.lang}`;
    if (key !== state.key) {
      const top = grid.scrollTop / state.height;
      Object.assign(state, {key, columns, height: compact ? 52 : 32, rows: []});
      mark(root, 'data-compact', compact);
      grid.style.setProperty('--columns', templateOf(columns));
      fill(head, columns.map(headOf));
      markOrder();
      fill(body);
      size();
      grid.scrollTop = top * state.height;
    }
    state.inSight = Math.ceil(grid.clientHeight / state.height);
    paint();
  }

  function headOf(one) {
    const name = ORDERS[one.id] ? h('button', {type: 'button', class: 'plain', title: t(`order.${ORDERS[one.id]}`), onclick: () => on.order(ORDERS[one.id])}, t(`column.${one.id}`))
      : h('span', {class: ['play', 'direction'].includes(one.id) ? 'away' : null}, t(`column.${one.id}`));
    return h('div', {role: 'columnheader', class: `c-${one.id}${one.right ? ' right' : ''}`}, name);
  }

  function markOrder() {
    state.columns.forEach((one, place) => mark(head.children[place], 'aria-sort', ORDERS[one.id] === state.order ? 'descending' : null));
  }

  function size() {
    body.style.height = `${state.items.length * state.height}px`;
    mark(grid, 'aria-rowcount', state.ended ? state.items.length + 1 : -1);
  }

  /** `scrolled`: pixels, for who knows them; whoever reads them makes the browser lay everything out. */
  function paint(beyond = OVERSCAN, scrolled = grid.scrollTop) {
    state.frame = 0;
    state.top = Math.floor(scrolled / state.height);
    const first = Math.max(0, state.top - beyond);
    const last = Math.min(state.items.length, state.top + state.inSight + beyond);
    const pool = state.inSight + OVERSCAN * 2 + 1;
    for (let index = first; index < last; index++) paintRow(index, pool);
    for (const row of state.rows) if (row) row.element.hidden = row.index < first || row.index >= last;
    if (state.asks && !state.ended && last + AHEAD > state.items.length) on.more();
  }

  function paintRow(index, pool) {
    const row = (state.rows[index % pool] ||= makeRow());
    const call = state.items[index];
    if (row.index !== index || row.call !== call) {
      Object.assign(row, {index, call});
      row.element.dataset.index = index;
      row.element.id = `row-${index}`;
      mark(row.element, 'aria-rowindex', index + 2);
      row.element.style.transform = `translateY(${index * state.height}px)`;
      state.columns.forEach((column, place) => column.paint(row.cells[place], call, state.items[index - 1]));
    }
    mark(row.element, 'aria-selected', index === state.selected);
    mark(row.element, 'data-top', index === state.top);
    paintPlaying(row);
  }

  function makeRow() {
    const cells = state.columns.map((one) => h('div', {role: 'gridcell', class: `c-${one.id}${one.right ? ' right' : ''}`}));
    const element = h('div', {class: 'row', role: 'row'}, cells);
    body.append(element);
    return {element, cells, index: -1, call: null};
  }

  function paintPlaying(row) {
    const playing = state.playing?.call === row.call?.id && row.call;
    mark(row.element, 'data-playing', playing ? (state.playing.paused ? 'paused' : 'on') : null);
    if (playing) row.element.style.setProperty('--part', state.playing.part.toFixed(4));
  }

  /** The selected row comes into sight, and is told to who cannot see it. */
  function select(index) {
    state.selected = index;
    if (index >= 0) {
      const top = index * state.height, room = grid.clientHeight - head.offsetHeight;
      if (top < grid.scrollTop) grid.scrollTop = top;
      else if (top + state.height > grid.scrollTop + room) grid.scrollTop = top + state.height - room;
    }
    paint();
    mark(grid, 'aria-activedescendant', index >= 0 ? `row-${index}` : null);
  }

  return {
    root, grid, tail, select, layOut,
    get items() { return state.items; },
    get selected() { return state.selected; },
    /** How many calls fill the room that there is, and what is kept ready. */
    get room() { return state.inSight + OVERSCAN; },
    /** Other results: from the top, and only those in sight while somebody may still be typing. */
    replace(items, ended) {
      Object.assign(state, {items, ended, selected: -1, asks: false});
      for (const row of state.rows) if (row) Object.assign(row, {index: -1, call: null});
      size();
      if (state.top || state.frame) grid.scrollTop = 0;
      mark(grid, 'aria-activedescendant', null);
      paint(0, 0);
    },
    /** These results stay: what may be scrolled to is made ready. */
    settle() {
      state.asks = true;
      paint();
    },
    /** The same calls again, with other names. */
    repaint() {
      for (const row of state.rows) if (row) row.index = -1;
      paint();
    },
    append(items, ended) {
      state.items.push(...items);
      state.ended = ended;
      size();
      paint();
    },
    /** One call that changed. */
    put(call) {
      const index = state.items.findIndex((one) => one.id === call.id);
      if (index < 0) return;
      state.items[index] = call;
      paint();
    },
    order(which) {
      state.order = which;
      markOrder();
    },
    showPlaying(playing) {
      state.playing = playing;
      for (const row of state.rows) if (row) paintPlaying(row);
    },
    say(...what) { fill(tail, ...what); },
    end() { watcher.disconnect(); },
  };
}

/** The menu in which columns are chosen. */
export function columnChoice(chosen, always, change) {
  return COLUMNS.filter((one) => !always.has(one.id)).map((one) => h('label', {class: 'tick'},
    h('input', {type: 'checkbox', checked: chosen.includes(one.id), onchange: (event) => {
      const others = chosen.filter((id) => id !== one.id);
      chosen = event.target.checked ? [...others, one.id] : others;
      change(chosen);
    }}), t(`column.${one.id}`)));
}

