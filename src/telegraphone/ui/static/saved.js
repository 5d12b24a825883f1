// Searches that were kept under a name.

import {closeOutside} from './app.js';
import {fill, h, icon} from './dom.js';
import {keep, kept} from './kept.js';
import {t} from './texts.js';

/** `text()` is what the box has now, `put(text)` searches for it. */
export function savedMenu(app, text, put) {
  const names = h('ul', {class: 'saved'});
  const name = h('input', {type: 'text', 'aria-label': t('searchName'), placeholder: t('searchName'), maxlength: 100});
  const menu = h('details', {class: 'menu'}, h('summary', {'aria-label': t('saved'), title: t('saved')}, icon('star')), h('div', {class: 'sheet'},
    h('p', {class: 'quiet'}, t('saved')), names,
    h('form', {class: 'save', onsubmit: (event) => { event.preventDefault(); if (name.value.trim()) add(name.value.trim()); }}, name, h('button', {type: 'submit'}, t('save')))));
  menu.addEventListener('toggle', () => menu.open && paint());
  closeOutside(menu);

  function paint() {
    const searches = kept('searches', {});
    const lines = Object.entries(searches).map(([one, query]) => h('li', {},
      h('button', {type: 'button', class: 'plain', onclick: () => { menu.open = false; put(query); }}, h('b', {}, one), h('span', {class: 'quiet'}, query || t('everything'))),
      h('button', {type: 'button', class: 'plain', 'aria-label': t('removeNamed', {name: one}), onclick: () => remove(one)}, icon('trash'))));
    fill(names, lines.length ? lines : h('li', {class: 'quiet'}, t('nothingSaved')));
  }

  function add(one) {
    keep('searches', {...kept('searches', {}), [one]: text().trim()});
    name.value = '';
    paint();
  }

  function remove(one) {
    const searches = kept('searches', {});
    delete searches[one];
    keep('searches', searches);
    paint();
  }

  return menu;
}
