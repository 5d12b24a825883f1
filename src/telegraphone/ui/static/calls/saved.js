// Searches that were kept under a name.

import {closeOutside} from '../app.js';
import {fill, h, icon} from '../dom.js';
import {t} from '../texts/texts.js';

/** `text()` is what the box has now, `put(text)` searches for it. */
export function savedMenu(app, text, put) {
  const wrong = h('p', {class: 'wrong', role: 'alert'});
  const names = h('ul', {class: 'saved'});
  const name = h('input', {type: 'text', 'aria-label': t('searchName'), placeholder: t('searchName'), maxlength: 100});
  const menu = h('details', {class: 'menu'}, h('summary', {'aria-label': t('saved'), title: t('saved')}, icon('star')), h('div', {class: 'sheet'},
    h('p', {class: 'quiet'}, t('saved')), names, wrong,
    h('form', {class: 'save', onsubmit: (event) => { event.preventDefault(); if (name.value.trim()) add(name.value.trim()); }}, name, h('button', {type: 'submit'}, t('save')))));
  menu.addEventListener('toggle', () => menu.open && paint());
  closeOutside(menu);

  async function paint() {
    const found = await asked(() => app.api('/searches'));
    if (!found) return;
    const lines = found.items.map(({name: one, query: kept}) => [one, new URLSearchParams(kept).get('q') || '']).map(([one, query]) => h('li', {},
      h('button', {type: 'button', class: 'plain', onclick: () => { menu.open = false; put(query); }}, h('b', {}, one), h('span', {class: 'quiet'}, query || t('everything'))),
      h('button', {type: 'button', class: 'plain', 'aria-label': t('removeNamed', {name: one}), onclick: () => remove(one)}, icon('trash'))));
    fill(names, lines.length ? lines : h('li', {class: 'quiet'}, t('nothingSaved')));
  }

  const address = (one) => `/searches/${encodeURIComponent(one)}`;

  async function add(one) {
    if (await asked(() => app.api(address(one), {method: 'PUT', body: {query: `${new URLSearchParams({q: text().trim()})}`}}))) name.value = '';
    paint();
  }

  async function remove(one) {
    await asked(() => app.api(address(one), {method: 'DELETE'}));
    paint();
  }

  async function asked(act) {
    try {
      fill(wrong);
      return (await act()) || true;
    } catch (problem) {
      fill(wrong, problem.message || t('unreachable'));
      return null;
    }
  }

  return menu;
}
