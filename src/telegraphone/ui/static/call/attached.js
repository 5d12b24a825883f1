// The attached data of a call: read, written and taken away in place.

import {fill, h, icon, mark} from '../dom.js';
import {t} from '../texts/texts.js';

/** `changed(data)` after each change; `search(key, value)`: other calls with the same. */
export function makeAttached(app, call, {changed, search}) {
  const lines = h('div', {}), wrong = h('p', {class: 'wrong', role: 'alert'});
  const may = app.can('attach');
  const key = h('input', {type: 'text', maxlength: 128, 'aria-label': t('dataKey'), placeholder: t('dataKey'), required: true});
  const value = h('input', {type: 'text', 'aria-label': t('dataValue'), placeholder: t('dataValue')});
  const form = h('form', {class: 'write', onsubmit: add}, key, value, h('button', {type: 'submit', 'aria-label': t('add')}, icon('plus')));
  const root = h('section', {class: 'part'}, h('h3', {}, t('data')), lines, may ? form : null, wrong);
  let data = call.attached_data;

  function paint() {
    const pairs = Object.entries(data).filter(([one]) => one !== 'recording').sort(([a], [b]) => a.localeCompare(b));
    fill(lines, pairs.length ? h('dl', {class: 'data'}, pairs.map(([one, text]) => line(one, text))) : h('p', {class: 'quiet'}, t('noData')));
  }

  function line(one, text) {
    const field = h('textarea', {rows: 1, value: text, 'aria-label': one, readonly: !may, spellcheck: 'false', onchange: () => put(one, field.value), onkeydown: (event) => {
      if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); field.blur(); }
      if (event.key === 'Escape') { event.stopPropagation(); field.value = data[one]; field.blur(); }
    }});
    mark(field, 'rows', Math.min(6, Math.max(text.split('\n').length, Math.ceil(text.length / 60))));
    return h('div', {}, h('dt', {}, one), h('dd', {}, field,
      h('button', {type: 'button', class: 'plain', 'aria-label': t('othersWith', {key: one}), title: t('othersWith', {key: one}), onclick: () => search(one, data[one])}, icon('search')),
      may ? h('button', {type: 'button', class: 'plain', 'aria-label': t('removeNamed', {name: one}), onclick: () => remove(one)}, icon('trash')) : null));
  }

  const address = (one) => `/calls/${call.id}/attached_data/${encodeURIComponent(one)}`;

  async function put(one, text) {
    if (text === data[one]) return;
    await guarded(async () => take((await app.api(address(one), {method: 'PUT', body: {value: text}})).attached_data));
  }

  async function add(event) {
    event.preventDefault();
    if (!key.value.trim()) return;
    await put(key.value.trim(), value.value);
    if (!wrong.textContent) { key.value = value.value = ''; key.focus(); }
  }

  async function remove(one) {
    const before = data[one];
    await guarded(async () => {
      await app.api(address(one), {method: 'DELETE'});
      const {[one]: gone, ...rest} = data;
      take(rest);
      app.toast(t('dataRemoved', {key: one}), {label: t('undo'), act: () => put(one, gone ?? before)});
    });
  }

  function take(wanted) {
    data = wanted;
    paint();
    changed(data);
  }

  async function guarded(act) {
    fill(wrong);
    try {
      await act();
    } catch (problem) {
      fill(wrong, problem.message || t('unreachable'));
      paint();
    }
  }

  paint();
  return root;
}
