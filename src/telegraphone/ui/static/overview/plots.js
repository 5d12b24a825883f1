// Plots of figures by day, drawn by hand in SVG: as wide as there is room, read by pointing, by arrow keys, or as a table.

import {fill, h, s} from '../dom.js';
import {t} from '../texts/texts.js';

const HEIGHT = 168, LEFT = 42, RIGHT = 6, TOP = 8, BOTTOM = 22;
const LABEL_WIDTH = 62;

/**
 * A figure. `x`: [{label, short, ...}]; `series`: [{name, look, kind: 'bar' | 'line', values: [number | null]}], bars stand on each other.
 * A series of kind 'told' is read and not drawn. `show(value)` writes a value (or the series' own), `axis(value)` the same for the axis; `most`: where the axis ends at least; `pick(place)` opens one.
 */
export function plot({title, note, x, series, show, axis = show, most = 0, pick}) {
  const readout = h('p', {class: 'readout', 'aria-live': 'polite'});
  const canvas = h('div', {class: 'canvas', tabindex: 0, role: 'group', 'aria-label': `${title}. ${t('plotKeys')}`});
  const top = roundTop(Math.max(most, ...x.map((_, place) => heightAt(series, place))));
  let at = -1, width = 0, marker = null;
  const root = h('figure', {class: 'plot card'},
    h('figcaption', {}, h('h2', {}, title), note ? h('span', {class: 'quiet'}, note) : null),
    readout, canvas, h('details', {class: 'as-table'}, h('summary', {}, t('asTable')), h('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': title}, tableOf(x, series, show))));
  canvas.addEventListener('pointermove', (event) => read(placeOf(event)));
  canvas.addEventListener('pointerleave', () => read(-1));
  canvas.addEventListener('click', (event) => pick && placeOf(event) >= 0 && pick(placeOf(event)));
  canvas.addEventListener('blur', () => read(-1));
  canvas.addEventListener('keydown', step);
  const observer = new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (now && now !== width) draw(now);
  });
  observer.observe(canvas);
  read(-1);

  function draw(now) {
    width = now;
    const frame = {width, slot: (width - LEFT - RIGHT) / Math.max(1, x.length), top};
    marker = s('rect', {class: 'marker', y: TOP, height: HEIGHT - TOP - BOTTOM, width: Math.max(1, frame.slot), hidden: true});
    fill(canvas, s('svg', {width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true'},
      grid(frame, axis), marker, bars(frame, x, series), lines(frame, series), dates(frame, x)));
    read(at);
  }

  function placeOf(event) {
    const place = Math.floor((event.clientX - canvas.getBoundingClientRect().left - LEFT) / ((width - LEFT - RIGHT) / x.length));
    return place >= 0 && place < x.length ? place : -1;
  }

  function read(place) {
    at = place;
    if (marker) {
      marker.toggleAttribute('hidden', place < 0);
      if (place >= 0) marker.setAttribute('x', LEFT + place * (width - LEFT - RIGHT) / x.length);
    }
    fill(readout, place < 0 ? legend(series) : [h('b', {}, x[place].label), series.map((one) => h('span', {}, swatch(one), `${one.name} `, h('b', {}, written(one, one.values[place], show))))]);
  }

  function step(event) {
    const steps = {ArrowLeft: -1, ArrowRight: 1, Home: -x.length, End: x.length, PageUp: -7, PageDown: 7};
    if (event.key in steps && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      read(Math.min(x.length - 1, Math.max(0, (at < 0 ? x.length : at) + steps[event.key])));
    } else if (event.key === 'Enter' && at >= 0 && pick) pick(at);
    else return;
    event.stopPropagation();
  }

  return {root, end: () => observer.disconnect()};
}

const isBar = (one) => one.kind === 'bar';
const isLine = (one) => one.kind === 'line';
const written = (one, value, show) => (one.show || show)(value);
const swatch = (one) => one.kind === 'told' ? null : h('i', {class: `swatch ${one.look}${isBar(one) ? '' : ' line'}`, 'aria-hidden': 'true'});
const legend = (series) => series.filter((one) => one.kind !== 'told').map((one) => h('span', {}, swatch(one), one.name));

function heightAt(series, place) {
  const stacked = series.filter(isBar).reduce((sum, one) => sum + (one.values[place] || 0), 0);
  return Math.max(stacked, ...series.filter(isLine).map((one) => one.values[place] || 0));
}

/** The end of the axis: 1, 2, 2.5 or 5 times a power of ten. */
function roundTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 4, 5, 6, 8, 10].find((step) => step * power >= value - 1e-9) * power;
}

const yOf = (frame, value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / frame.top);

function grid(frame, axis) {
  const parts = [0, .5, 1].map((part) => part * frame.top);
  return parts.map((value) => [
    s('line', {class: 'rule', x1: LEFT, x2: frame.width - RIGHT, y1: Math.round(yOf(frame, value)) + .5, y2: Math.round(yOf(frame, value)) + .5}),
    s('text', {class: 'tick', x: LEFT - 6, y: yOf(frame, value) + 4, 'text-anchor': 'end'}, axis(value)),
  ]);
}

function bars(frame, x, series) {
  const wide = Math.max(1, Math.min(frame.slot - (frame.slot > 4 ? 2 : 0), 40));
  return x.map((_, place) => {
    let below = 0;
    return series.filter(isBar).map((one) => {
      const value = one.values[place] || 0;
      if (!value) return null;
      const y = yOf(frame, below + value), height = yOf(frame, below) - y;
      below += value;
      return s('rect', {class: `mark ${one.look}`, x: LEFT + place * frame.slot + (frame.slot - wide) / 2, y, width: wide, height: Math.max(.5, height)});
    });
  });
}

/** A line is broken where nothing is known; what stands alone is a dot. */
function lines(frame, series) {
  const middle = (place) => LEFT + (place + .5) * frame.slot;
  return series.filter(isLine).map((one) => {
    const runs = [];
    one.values.forEach((value, place) => {
      if (value === null || value === undefined) return;
      if (place && runs.length && one.values[place - 1] !== null && one.values[place - 1] !== undefined) runs.at(-1).push([place, value]);
      else runs.push([[place, value]]);
    });
    return runs.map((run) => run.length === 1
      ? s('circle', {class: `dot ${one.look}`, cx: middle(run[0][0]), cy: yOf(frame, run[0][1]), r: 2.5})
      : s('path', {class: `path ${one.look}`, d: run.map(([place, value], n) => `${n ? 'L' : 'M'}${middle(place).toFixed(1)} ${yOf(frame, value).toFixed(1)}`).join('')}));
  });
}

function dates(frame, x) {
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / frame.slot));
  return x.map((one, place) => place % every ? null
    : s('text', {class: 'tick', x: Math.min(Math.max(LEFT + (place + .5) * frame.slot, LEFT + 14), frame.width - 22), y: HEIGHT - 6, 'text-anchor': 'middle'}, one.short));
}

function tableOf(x, series, show) {
  return h('table', {}, h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, t('day')), series.map((one) => h('th', {scope: 'col', class: 'n'}, one.name)))),
    h('tbody', {}, x.map((one, place) => h('tr', {}, h('th', {scope: 'row'}, one.label), series.map((of) => h('td', {class: 'n'}, written(of, of.values[place], show)))))));
}
