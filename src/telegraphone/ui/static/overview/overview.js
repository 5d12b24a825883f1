// How it went: calls, answers, waits and recordings by day, queue and agent; what lacks its recording; and what is going on now.

import {fill, h, mark} from '../dom.js';
import {day, dayWithYear, duration, isoDay, number} from '../format.js';
import {makeLacking} from './lacking.js';
import {makeNow} from './now.js';
import {plot} from './plots.js';
import {styles} from '../styles.js';
import {t} from '../texts/texts.js';
import '../texts/overview.js';

await styles('desk.css');

const SPANS = [7, 30, 90, 365];
const WEEKLY = 120;
/** Coverage is judged call by call: of longer spans the rows of recordings are counted instead. */
const JUDGED = 31;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function show(root, params, app) {
  let asking = null, plots = [];
  const controls = makeControls(app);
  const tiles = h('div', {class: 'tiles', 'aria-live': 'polite', 'aria-busy': 'true'});
  const figures = h('div', {class: 'plots'}), queues = h('section', {class: 'card'}), agents = h('section', {class: 'card'});
  const note = h('p', {class: 'quiet', role: 'status', hidden: true});
  const now = makeNow(app), lacking = makeLacking(app);
  fill(root, h('div', {class: 'page overview'}, h('div', {class: 'page-head'}, h('h1', {}, t('overview')), controls.root), now.root, tiles, note, figures,
    h('div', {class: 'two'}, queues, agents), lacking.root));
  load(params);

  async function load(wanted) {
    asking?.abort();
    const mine = (asking = new AbortController());
    const asked = askedBy(wanted);
    controls.show(asked);
    mark(tiles, 'aria-busy', 'true');
    lacking.load(asked);
    try {
      const [days, byQueue, byAgent] = await Promise.all(['day', 'queue', 'agent'].map((by) => app.api(`/overview${app.query({...parameters(asked), by})}`, {signal: mine.signal})));
      paint(asked, days, byQueue, byAgent, mine.signal);
    } catch (problem) {
      if (problem.name === 'AbortError') return;
      fill(figures);
      fill(tiles, app.explain(problem, () => load(wanted)));
    }
    mark(tiles, 'aria-busy', null);
  }

  function paint(asked, days, byQueue, byAgent, signal) {
    paintTiles(tiles, days.total);
    note.hidden = days.is_whole;
    fill(note, days.is_whole ? null : t('notWhole', {since: dayWithYear(days.since)}));
    controls.know(byQueue.items, asked);
    const x = axisOf(asked, days.items);
    plots.forEach((one) => one.end());
    plots = [callsPlot(x, app, asked), waitPlot(x, app, asked)];
    const recorded = h('div', {});
    fill(figures, plots.map((one) => one.root), recorded);
    paintRecorded(x, asked, signal, recorded);
    paintTable(queues, 'byQueue', byQueue.items, (one) => `queue:${quoted(one.key)}`, asked, app);
    paintTable(agents, 'byAgent', byAgent.items, (one) => `agent:${quoted(one.key)}`, asked, app);
  }

  async function paintRecorded(x, asked, signal, place) {
    const isJudged = asked.span <= JUDGED && !asked.queue && !asked.direction;
    const counts = (isJudged && await judged(x, asked, signal)) || x.map(({sum}) => ({recorded: sum.recorded, all: sum.answered}));
    if (signal.aborted) return;
    const made = recordedPlot(x, counts, t(counts.isJudged ? 'recordedJudged' : 'recordedCounted'), opener(app, x, asked));
    plots.push(made);
    fill(place, made.root);
  }

  async function judged(x, asked, signal) {
    try {
      const {items} = await app.api(`/coverage${app.query({since: asked.since.toISOString(), before: asked.before.toISOString(), by: 'day'})}`, {signal});
      const by = new Map(items.map((one) => [one.key, one]));
      return Object.assign(x.map(({days: [key]}) => ({recorded: by.get(key)?.recorded || 0, all: by.get(key)?.should || 0})), {isJudged: true});
    } catch {
      return null;
    }
  }

  const end = () => { asking?.abort(); now.end(); lacking.end(); plots.forEach((one) => one.end()); };
  end.changed = load;
  return end;
}

/** What the address asks: days back to which midnight, of which direction, of which queue. */
function askedBy(params) {
  const span = SPANS.includes(Number(params.days)) ? Number(params.days) : 30;
  const today = new Date();
  const since = new Date(today.getFullYear(), today.getMonth(), today.getDate() - span + 1);
  const before = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
  return {span, since, before, direction: ['incoming', 'outgoing', 'internal'].includes(params.direction) ? params.direction : '', queue: params.queue || ''};
}

function parameters({since, before, direction, queue}) {
  return {since: since.toISOString(), before: before.toISOString(), direction, queue, timezone: zone};
}

function makeControls(app) {
  const go = (values) => app.go({view: 'overview', days: days.value === '30' ? '' : days.value, direction: direction.value, queue: queue.value, ...values});
  const days = h('select', {'aria-label': t('filter.when'), onchange: () => go()}, SPANS.map((one) => h('option', {value: one}, t('lastDays', {n: number(one)}))));
  const direction = h('select', {'aria-label': t('filter.direction'), onchange: () => go()}, h('option', {value: ''}, t('allDirections')), ['incoming', 'outgoing', 'internal'].map((one) => h('option', {value: one}, t(one))));
  const queue = h('select', {'aria-label': t('filter.queue'), onchange: () => go()}, h('option', {value: ''}, t('allQueues')));
  const known = new Map();
  const root = h('form', {class: 'controls', onsubmit: (event) => event.preventDefault()}, days, direction, queue);

  function options(asked) {
    const names = [...known].sort((a, b) => a[1].localeCompare(b[1]));
    fill(queue, h('option', {value: ''}, t('allQueues')), names.map(([key, name]) => h('option', {value: key}, name)));
    queue.value = asked.queue;
  }

  return {
    root,
    show(asked) {
      days.value = String(asked.span);
      direction.value = asked.direction;
      if (asked.queue && !known.has(asked.queue)) known.set(asked.queue, asked.queue);
      options(asked);
    },
    know(queues, asked) {
      for (const one of queues) known.set(one.key, one.name || one.key);
      options(asked);
    },
  };
}

function paintTiles(tiles, total) {
  const lost = total.calls - total.answered - total.ongoing;
  fill(tiles, [
    [t('calls'), number(total.calls), total.ongoing ? t('ofThemOngoing', {n: number(total.ongoing)}) : ''],
    [t('answeredShare'), percent(partOf(total.answered, total.calls - total.ongoing)), t('unanswered', {n: number(lost)})],
    [t('waitAverage'), duration(total.wait_s) || '–', total.wait_p90_s === null ? '' : t('nineInTen', {n: duration(total.wait_p90_s)})],
    [t('soon'), percent(partOf(total.soon, total.answered)), t('soonOf')],
    [t('recorded'), percent(partOf(total.recorded, total.answered)), t('soonOf')],
    [t('talkAverage'), total.answered ? duration(total.talk_s / total.answered) : '–', t('talkAll', {n: number(Math.round(total.talk_s / 3600))})],
  ].map(([name, value, more]) => h('dl', {class: 'card tile'}, h('dt', {}, name), h('dd', {}, h('b', {}, value), h('span', {class: 'quiet'}, more)))));
}

/** The days of the span, those without calls too, or weeks where they are many: {label, short, days, sum}. */
function axisOf(asked, items) {
  const by = new Map(items.map((one) => [one.key, one]));
  const every = asked.span > WEEKLY ? 7 : 1, found = [];
  for (const at = new Date(asked.since); at < asked.before; at.setDate(at.getDate() + every)) {
    const days = Array.from({length: every}, (_, n) => isoDay(new Date(at.getFullYear(), at.getMonth(), at.getDate() + n)));
    const short = `${at.getDate()}/${at.getMonth() + 1}`;
    found.push({label: every > 1 ? t('weekOf', {day: dayWithYear(at)}) : day(at), short: shortDay(at) || short, days, sum: summed(days.map((one) => by.get(one)).filter(Boolean))});
  }
  return found;
}

const shortDay = (at) => new Intl.DateTimeFormat(document.documentElement.lang === 'fr' ? 'fr-FR' : 'en-GB', {day: 'numeric', month: 'short'}).format(at);

function summed(figures) {
  const sum = (name) => figures.reduce((all, one) => all + one[name], 0);
  const answered = sum('answered');
  return {
    calls: sum('calls'), answered, ongoing: sum('ongoing'), recorded: sum('recorded'),
    wait_s: answered ? figures.reduce((all, one) => all + (one.wait_s || 0) * one.answered, 0) / answered : null,
    wait_p90_s: figures.length === 1 ? figures[0].wait_p90_s : null,
  };
}

function callsPlot(x, app, asked) {
  return plot({title: t('callsPerDay'), x, show: (value) => number(value || 0), axis: (value) => number(Math.round(value)), most: 4, pick: opener(app, x, asked), series: [
    {name: t('answered'), look: 'steel', kind: 'bar', values: x.map((one) => one.sum.answered)},
    {name: t('notAnswered'), look: 'copper', kind: 'bar', values: x.map((one) => one.sum.calls - one.sum.answered - one.sum.ongoing)},
  ]});
}

function waitPlot(x, app, asked) {
  const shown = (value) => value === null || value === undefined ? '–' : duration(value);
  const tenth = {name: t('nineInTenShort'), look: 'faint', kind: 'line', values: x.map((one) => one.sum.wait_p90_s)};
  return plot({title: t('waitPerDay'), note: t('ofAnswered'), x, show: shown, most: 10, pick: opener(app, x, asked), series: [
    {name: t('waitAverage'), look: 'copper', kind: 'line', values: x.map((one) => one.sum.wait_s)}, ...(asked.span > WEEKLY ? [] : [tenth])]});
}

function recordedPlot(x, counts, note, pick) {
  const shares = counts.map((one) => partOf(one.recorded, one.all));
  return plot({title: t('recordings'), note, x, show: (value) => number(value || 0), axis: (value) => number(Math.round(value)), most: 4, pick, series: [
    {name: t('recorded'), look: 'good', kind: 'bar', values: counts.map((one) => one.recorded)},
    {name: t('without'), look: 'copper', kind: 'bar', values: counts.map((one) => one.all - one.recorded)},
    {name: t('share'), look: '', kind: 'told', values: shares, show: percent},
  ]});
}

/** A click on a day shows its calls. */
const opener = (app, x, asked) => (place) => app.go({q: [...wordsOf(asked), x[place].days.length > 1 ? `${x[place].days[0]}..${x[place].days.at(-1)}` : x[place].days[0]].join(' ')});
const wordsOf = ({direction, queue}) => [...(direction ? [`direction:${direction}`] : []), ...(queue ? [`queue:${quoted(queue)}`] : [])];
const quoted = (text) => /[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text;

const partOf = (some, all) => all ? some / all : null;
function percent(part) {
  return part === null || part === undefined ? '–' : new Intl.NumberFormat(document.documentElement.lang, {style: 'percent', maximumFractionDigits: part > .99 && part < 1 ? 1 : 0}).format(part);
}

const SHOWN = 12;

function paintTable(root, kind, items, words, asked, app, all = false) {
  const most = Math.max(1, ...items.map((one) => one.calls));
  const heads = [t(kind === 'byQueue' ? 'filter.queue' : 'filter.agent'), t(kind === 'byQueue' ? 'calls' : 'offered'), t('answeredShare'), t('waitAverage'), t('talkAverage')];
  fill(root, h('h2', {}, t(kind)), items.length ? h('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': t(kind)}, h('table', {class: 'figures'},
    h('thead', {}, h('tr', {}, heads.map((head, place) => h('th', {scope: 'col', class: place ? 'n' : null}, head)))),
    h('tbody', {}, (all ? items : items.slice(0, SHOWN)).map((one) => rowOf(one, most, words(one), asked, app))))) : h('p', {class: 'quiet'}, t('noFigures')),
  !all && items.length > SHOWN ? h('button', {type: 'button', class: 'plain', onclick: () => paintTable(root, kind, items, words, asked, app, true)}, t('showAll', {n: number(items.length)})) : null);
}

function rowOf(one, most, words, asked, app) {
  const q = [words, ...wordsOf({...asked, queue: ''}), `${isoDay(asked.since)}..`].join(' ');
  return h('tr', {}, h('th', {scope: 'row'}, h('a', {href: `/${app.query({q})}`, onclick: (event) => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); app.go({q}); } }}, one.name || one.key),
    one.name && one.name.toLowerCase() !== one.key.toLowerCase() ? h('span', {class: 'quiet'}, ` ${one.key}`) : null),
  h('td', {class: 'n'}, h('span', {class: 'meter', 'aria-hidden': 'true', css: {'--part': one.calls / most}}), number(one.calls)),
  h('td', {class: 'n'}, percent(partOf(one.answered, one.calls - one.ongoing))), h('td', {class: 'n'}, one.wait_s === null ? '–' : duration(one.wait_s)),
  h('td', {class: 'n'}, one.answered ? duration(one.talk_s / one.answered) : '–'));
}
