// The plain filters: the same conditions as in the search box, for who rather points than types.

import {directoryAgents, directoryQueues} from './call_words.js';
import {fill, h, icon, mark} from '../dom.js';
import {lengthOf, secondsOf} from './moments.js';
import {DIRECTIONS, OUTCOMES, QUEUE_OUTCOMES} from './query.js';
import {t} from '../texts/texts.js';

const SPANS = ['today', 'yesterday', 'this week', 'last 7 days', 'last 30 days', 'this month', 'last month'];
const FIRST = ['when', 'agent', 'queue', 'number', 'direction', 'outcome', 'min', 'recorded'];

/** `changed(filters)` when somebody turned one of them. */
export function makeFilters(changed) {
  let filters = {};
  const controls = {
    when: choice('when', SPANS.map((span) => [span, t(`span.${span}`)]), [['dates', t('span.dates')]]),
    agent: text('agent', 'agents-known'), queue: text('queue', 'queues-known'), number: text('number'),
    direction: choice('direction', DIRECTIONS.map((one) => [one, t(one)])),
    outcome: choice('outcome', OUTCOMES.map((one) => [one, t(`outcome.${one}`)])),
    min: length('min'), recorded: choice('recorded', ['yes', 'no'].map((one) => [one, t(one)])),
    caller: text('caller'), callee: text('callee'), max: length('max'),
    left: choice('left', QUEUE_OUTCOMES.map((one) => [one, t(`queueOutcome.${one}`)])),
    reviewed: choice('reviewed', ['yes', 'no'].map((one) => [one, t(one)])), key: text('key'), value: text('value'), pbx: text('pbx'), id: text('id'),
    order: choice('order', [['longest', t('order.longest')]], [], 'order.newest'),
  };
  const from = day('from'), to = day('to');
  const dates = h('span', {class: 'dates', hidden: true}, from, '–', to);
  const people = h('datalist', {id: 'agents-known'}), queues = h('datalist', {id: 'queues-known'});
  const label = (name) => h('label', {class: `filter f-${name}`}, h('span', {}, t(`filter.${name}`)), controls[name]);
  const rest = Object.keys(controls).filter((name) => !FIRST.includes(name));
  const count = h('span', {class: 'count'});
  const more = h('button', {type: 'button', class: 'plain', 'aria-expanded': 'false', 'aria-controls': 'more-filters', onclick: () => openMore(more.getAttribute('aria-expanded') !== 'true')}, icon('sliders'), t('moreFilters'), count);
  const others = h('div', {id: 'more-filters', hidden: true}, rest.map(label));
  const whole = h('div', {class: 'first'}, label('when'), dates, FIRST.slice(1).map(label), more);
  const root = h('form', {class: 'filters', 'aria-label': t('filters'), onsubmit: (event) => event.preventDefault()}, whole, others, people, queues);

  function openMore(open) {
    mark(more, 'aria-expanded', String(open));
    others.hidden = !open;
  }

  function text(name, list) {
    return h('input', {type: 'text', name, list, autocomplete: 'off', spellcheck: 'false', oninput: (event) => put(name, event.target.value.trim() || undefined)});
  }

  function length(name) {
    return h('input', {type: 'text', name, autocomplete: 'off', placeholder: '3min', oninput: (event) => {
      const seconds = event.target.value.trim() ? secondsOf(event.target.value) : undefined;
      mark(event.target, 'aria-invalid', seconds === null ? 'true' : null);
      if (seconds !== null) put(name, seconds);
    }});
  }

  function choice(name, options, last = [], none = 'any') {
    return h('select', {name, onchange: (event) => put(name, event.target.value || undefined)},
      h('option', {value: ''}, t(none)), [...options, ...last].map(([value, label]) => h('option', {value}, label)));
  }

  function day(name) {
    return h('input', {type: 'date', name, 'aria-label': t(name), onchange: () => put('when', from.value || to.value ? `${from.value}..${to.value}` : undefined)});
  }

  function put(name, value) {
    if (name === 'when') dates.hidden = !(value === 'dates' || value?.includes('..'));
    if (value === 'dates') return void from.focus();
    filters = {...filters, [name]: value};
    changed(filters);
    tellCount();
  }

  function tellCount() {
    const set = rest.filter((name) => filters[name] !== undefined).length;
    fill(count, set ? String(set) : '');
  }

  function showWhen(when) {
    const isSpan = SPANS.includes(when), [first, last] = when?.includes('..') ? when.split('..') : [when, when];
    if (when && !isSpan && /^\d|^\.\./.test(when)) {
      controls.when.value = 'dates';
      dates.hidden = false;
      from.value = first.slice(0, 10);
      to.value = last.slice(0, 10);
    } else {
      dates.hidden = true;
      from.value = to.value = '';
      if (when && !isSpan && ![...controls.when.options].some((one) => one.value === when)) controls.when.append(h('option', {value: when}, when));
      controls.when.value = when || '';
    }
  }

  return {
    root,
    /** Show these conditions, but for the control that is being written in. */
    show(wanted) {
      filters = wanted;
      for (const [name, control] of Object.entries(controls)) {
        if (control === document.activeElement) continue;
        if (name === 'when') showWhen(wanted.when);
        else if (name === 'min' || name === 'max') control.value = wanted[name] === undefined ? '' : lengthOf(wanted[name]);
        else control.value = wanted[name] ?? '';
        mark(control.parentNode, 'data-set', wanted[name] !== undefined);
      }
      tellCount();
      if (rest.some((name) => name !== 'order' && wanted[name] !== undefined) && !root.contains(document.activeElement)) openMore(true);  // the head of a column says the order
    },
    knowDirectory() {
      fill(people, directoryAgents().map((one) => h('option', {value: one.number}, one.name)));
      fill(queues, directoryQueues().map((one) => h('option', {value: one.name}, one.display)));
    },
  };
}
