// Lines that nobody could understand: tried again, or taken away.

import {fill, h} from '../dom.js';
import {ask, button, part, table} from './forms.js';
import {dayOf, shortClock} from '../format.js';
import {t} from '../texts/texts.js';

export function show(root, app) {
  let lines = [], next = '';
  const note = h('span', {class: 'quiet', role: 'status'}), retry = h('button', {type: 'button', onclick: retryAll}, t('line.retryAll'));
  const view = part(root, app, {title: t('part.unreadable'), lead: t('line.lead'), actions: [note, retry]}, load);

  async function load(cursor = '') {
    const page = await app.api(`/unreadable${app.query({cursor, limit: 50})}`);
    lines = cursor ? [...lines, ...page.items] : page.items;
    next = page.next || '';
    retry.disabled = !lines.length;
    return [table(t('part.unreadable'), [t('line.where'), t('line.text'), t('line.reason'), t('line.seen'), ''], lines.map(row), t('line.none')),
      next ? h('button', {type: 'button', class: 'plain', onclick: more}, t('showMore')) : null];
  }

  const more = async () => { try { fill(view.body, await load(next)); } catch (problem) { fill(note, problem.message || t('unreachable')); } };

  function row(line) {
    const name = `${line.path} ${line.position}`;
    return [[h('code', {class: 'wraps'}, line.path), h('span', {class: 'quiet'}, ` ${t('line.line', {n: line.position})}`)], h('code', {class: 'wraps'}, line.text), h('span', {class: 'wraps'}, line.reason),
      `${dayOf(line.seen_at)} ${shortClock(line.seen_at)}`, h('span', {class: 'actions'}, button(t('retry'), () => retryOne(line), {name}), button(t('remove'), () => remove(line), {name}))];
  }

  async function retryAll() {
    retry.disabled = true;
    let tried = 0, understood = 0, cursor = '';
    await view.change(async () => {
      do {
        const told = await app.api(`/unreadable/retry${app.query({cursor})}`, {method: 'POST'});
        [tried, understood, cursor] = [tried + told.lines, understood + told.understood, told.next || ''];
        fill(note, t('line.retried', {n: understood, all: tried}));
      } while (cursor);
    });
  }

  const retryOne = (line) => view.change(async () => {
    const told = await app.api(`/unreadable/${line.id}/retry`, {method: 'POST'});
    fill(note, t(told.understood ? 'line.understood' : 'line.still'));
  });

  function remove(line) {
    ask({title: t('line.removeTitle'), lead: t('line.removeLead'), submit: t('remove'), danger: true, act: async () => {
      await app.api(`/unreadable/${line.id}`, {method: 'DELETE'});
      await view.again();
    }});
  }
}
