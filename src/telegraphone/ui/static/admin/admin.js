// What administrators look after, one part at a time: each is a module with `show(root, app, params)`, which may return what ends it.

import {fill, h} from '../dom.js';
import {styles} from '../styles.js';
import {t} from '../texts/texts.js';
import '../texts/admin.js';

await styles('desk.css');

const PARTS = {
  users: () => import('./users.js'),
  keys: () => import('./keys.js'),
  directory: () => import('./directory.js'),
  sources: () => import('./sources.js'),
  unreadable: () => import('./unreadable.js'),
  webhooks: () => import('./webhooks.js'),
  log: () => import('./log.js'),
};

export function show(root, params, app) {
  const nav = h('nav', {class: 'parts', 'aria-label': t('administration')}), body = h('div', {class: 'part-body'});
  let part = null, ends = null;
  fill(root, h('div', {class: 'page admin'}, h('h1', {}, t('administration')), nav, body));
  load(params);

  async function load(wanted) {
    const name = PARTS[wanted.part] ? wanted.part : 'users';
    if (name === part && ends?.changed) return ends.changed(wanted);
    ends?.();
    ends = null;
    part = name;
    fill(nav, Object.keys(PARTS).map((one) => h('a', {href: `/?view=administration&part=${one}`, 'aria-current': one === name ? 'page' : null, onclick: follow}, t(`part.${one}`))));
    nav.querySelector('[aria-current]').scrollIntoView({block: 'nearest', inline: 'center'});
    fill(body);
    try {
      const module = await PARTS[name]();
      if (part === name) ends = module.show(body, app, wanted) || null;
    } catch (problem) {
      if (part === name) fill(body, app.explain(problem, () => { part = null; load(wanted); }));
    }
  }

  function follow(event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    app.go(Object.fromEntries(new URL(event.currentTarget.href).searchParams));
  }

  const end = () => { part = null; ends?.(); };
  end.changed = load;
  return end;
}
