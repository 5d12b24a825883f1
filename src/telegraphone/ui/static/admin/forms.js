// What the parts of the administration are made of: tables, and questions in a dialog.

import {fill, h, icon, mark} from '../dom.js';
import {t} from '../texts/texts.js';
import {copy} from '../player/player.js';

/** A part: its head with what can be done, its body, and what went wrong. `load()` fills it; called again after each change. */
export function part(root, app, {title, lead, actions = []}, load) {
  const body = h('div', {}), wrong = h('div', {});
  fill(root, h('section', {class: 'card'}, h('div', {class: 'page-head'}, h('h2', {}, title), h('div', {class: 'actions'}, actions)), lead ? h('p', {class: 'quiet'}, lead) : null, wrong, body));
  mark(body, 'aria-busy', 'true');

  async function again() {
    try {
      const elements = await load();
      if (elements !== null) fill(body, elements);
      fill(wrong);
    } catch (problem) {
      if (problem.name !== 'AbortError') fill(wrong, app.explain(problem, again));
    }
    mark(body, 'aria-busy', null);
  }

  /** Do something, then fill the part again; what the server says against it is shown. */
  async function change(act) {
    try {
      await act();
    } catch (problem) {
      fill(wrong, app.explain(problem));
      return;
    }
    await again();
  }

  again();
  return {again, change, body};
}

/** `heads`: words, or {name, n: true} for numbers; `rows`: lists of cells. Where it is narrow a row is a block: the roles keep it a table. */
export function table(label, heads, rows, none) {
  if (!rows.length) return h('p', {class: 'quiet none'}, none);
  const names = heads.map((head) => head.name ?? head), classes = heads.map((head) => (head.n ? 'n' : null));
  const cellOf = (cell, place) => place === 0 ? h('th', {scope: 'row', role: 'rowheader'}, cell) : h('td', {role: 'cell', class: classes[place], 'data-label': names[place]}, cell);
  return h('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': label}, h('table', {class: 'figures rows', role: 'table'},
    h('thead', {role: 'rowgroup'}, h('tr', {role: 'row'}, names.map((name, place) => h('th', {scope: 'col', role: 'columnheader', class: classes[place]}, name)))),
    h('tbody', {role: 'rowgroup'}, rows.map((cells) => h('tr', {role: 'row'}, cells.map(cellOf))))));
}

export function button(label, onclick, {name, look = '', picture} = {}) {
  return h('button', {type: 'button', class: look, 'aria-label': name && `${label}: ${name}`, title: picture ? label : null, onclick}, picture ? icon(picture) : label);
}

/**
 * A question: `fields` are elements of `field`. `act(values)` may throw a Problem, whose errors are shown at their fields; what it returns
 * (an element) is shown in the place of the form.
 */
export function ask({title, lead, fields = [], submit, danger, act}) {
  const wrong = h('p', {class: 'wrong', role: 'alert'}), send = h('button', {type: 'submit', class: danger ? 'danger' : 'primary'}, submit);
  const form = h('form', {onsubmit: sent, novalidate: true}, h('h2', {id: 'asked'}, title), lead ? h('p', {class: 'quiet'}, lead) : null, fields.map((one) => one.root), wrong,
    h('div', {class: 'actions'}, h('button', {type: 'button', onclick: () => dialog.close()}, t('cancel')), send));
  const dialog = h('dialog', {class: 'ask', 'aria-labelledby': 'asked'}, form);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  for (const one of fields) one.watch?.(update);
  document.body.append(dialog);
  update();
  dialog.showModal();

  function update() {
    const values = read();
    for (const one of fields) one.root.hidden = Boolean(one.when && !one.when(values));
  }

  function read() {
    return Object.fromEntries(fields.map((one) => [one.name, one.read()]));
  }

  async function sent(event) {
    event.preventDefault();
    send.disabled = true;
    fill(wrong);
    for (const one of fields) one.tell('');
    try {
      const told = await act(read());
      if (told) show(told);
      else dialog.close();
    } catch (problem) {
      refuse(problem);
    }
    send.disabled = false;
  }

  function refuse(problem) {
    const rest = (problem.errors || []).filter(({field: at, reason}) => !fields.find((one) => at === one.name || at.startsWith(`${one.name}[`) || at.startsWith(`${one.name}.`) || at === `scope.${one.name}`)?.tell(reason));
    if (!problem.errors?.length || rest.length) fill(wrong, rest.length ? rest.map((one) => `${one.field}: ${one.reason}`).join(' · ') : problem.message || t('unreachable'));
    fields.find((one) => one.root.querySelector('[aria-invalid]'))?.focus();
  }

  function show(told) {
    fill(form, h('h2', {id: 'asked'}, title), told, h('div', {class: 'actions'}, h('button', {type: 'button', class: 'primary', onclick: () => dialog.close()}, t('close'))));
    form.querySelector('button').focus();
  }
}

let ids = 0;

/** One field: `kind` is text, password, date, area, file, select (`options`: [value, label]) or checks. `when(values)`: whether it is asked. */
export function field(name, label, {kind = 'text', value, options = [], hint, when, required, list} = {}) {
  const id = `field-${ids += 1}`, wrong = h('p', {class: 'wrong', id: `${id}-wrong`});
  const control = kind === 'checks' ? checks(label, options, value || []) : input(kind, {id, name, value, options, required, list, wrong});
  const note = hint ? h('p', {class: 'quiet hint'}, hint) : null;
  const root = kind === 'checks' ? h('div', {class: 'field'}, control.root, note, wrong) : h('div', {class: 'field'}, h('label', {for: id}, label), control.root, note, wrong);
  return {
    name, root, when, read: control.read, focus: () => control.focus(),
    watch: (changed) => root.addEventListener('input', changed),
    tell(reason) {
      fill(wrong, reason);
      mark(control.root, 'aria-invalid', reason ? 'true' : null);
      return true;
    },
  };
}

function input(kind, {id, name, value = '', options, required, list, wrong}) {
  const shared = {id, name, required, 'aria-describedby': wrong.id};
  const make = {
    select: () => h('select', shared, options.map(([one, label]) => h('option', {value: one}, label))),
    area: () => h('textarea', {...shared, rows: 3}),
    file: () => h('input', {...shared, type: 'file', accept: '.csv,text/csv'}),
  }[kind];
  const root = make ? make() : h('input', {...shared, type: kind, list, autocomplete: kind === 'password' ? 'new-password' : 'off', spellcheck: 'false', autocapitalize: 'none'});
  if (kind !== 'file') root.value = value;
  return {root, read: () => (kind === 'file' ? root.files[0] : root.value.trim()), focus: () => root.focus()};
}

function checks(label, options, value) {
  const boxes = options.map(([one, text]) => h('input', {type: 'checkbox', value: one, checked: value.includes(one), 'data-label': text}));
  const root = h('fieldset', {class: 'checks'}, h('legend', {}, label), h('div', {class: 'boxes'}, boxes.map((box) => h('label', {}, box, ' ', box.dataset.label))));
  return {root, read: () => boxes.filter((box) => box.checked).map((box) => box.value), focus: () => boxes[0]?.focus()};
}

/** A secret that is told once. */
export function secret(app, text, lead) {
  return h('div', {class: 'secret'}, h('p', {}, lead), h('div', {class: 'paste'}, h('pre', {tabindex: 0}, text), h('button', {type: 'button', 'aria-label': t('copy'), title: t('copy'), onclick: () => copy(app, text, t('copied'))}, icon('note'))));
}

export const moment = (text) => (text ? new Date(`${text}T00:00:00`).toISOString() : null);
