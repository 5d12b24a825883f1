// Who heard, downloaded, exported or changed what, and whose sign-ins failed.

import {fill, h} from '../dom.js';
import {button, moment, part, table} from './forms.js';
import {clock, dayOf} from '../format.js';
import {t} from '../texts/texts.js';

const ACTIONS = ['listen', 'download', 'metadata', 'peaks', 'upload', 'export', 'attach', 'detach', 'add_note', 'change_note', 'remove_note', 'review', 'remove_review', 'sign_in', 'sign_out', 'password_change', 'user_add', 'user_change', 'user_disable', 'user_enable',
  'key_add', 'key_revoke', 'directory', 'retry_unreadable', 'remove_unreadable', 'export_access_log'];
const FIELDS = ['actor', 'action', 'outcome', 'subject', 'call', 'file', 'from', 'to'];

export function show(root, app, params) {
  let rows = [], next = '', waiting = 0;
  const text = (name) => h('input', {type: 'text', name, autocomplete: 'off', spellcheck: 'false', oninput: later});
  const choice = (name, options) => h('select', {name, 'aria-label': t(`log.${name}`), onchange: search}, h('option', {value: ''}, t('any')), options.map(([value, label]) => h('option', {value}, label)));
  const controls = {
    actor: text('actor'), action: choice('action', ACTIONS.map((one) => [one, t(`action.${one}`)])), outcome: choice('outcome', ['ok', 'unauthenticated', 'forbidden', 'not_found'].map((one) => [one, t(`log.${one}`)])),
    subject: text('subject'), call: text('call'), file: text('file'), from: h('input', {type: 'date', name: 'from', onchange: search}), to: h('input', {type: 'date', name: 'to', onchange: search}),
  };
  const filters = h('form', {class: 'filters log', 'aria-label': t('filters'), onsubmit: (event) => { event.preventDefault(); search(); }}, FIELDS.map((name) => h('label', {class: 'filter'}, h('span', {}, t(`log.${name}`)), controls[name])));
  const exported = h('a', {class: 'button', download: ''}, t('log.export'));
  put(params);
  const view = part(root, app, {title: t('part.log'), lead: t('log.lead'), actions: [exported]}, () => page());
  view.body.before(filters);

  function put(values) {
    for (const name of FIELDS) if (document.activeElement !== controls[name]) controls[name].value = values[name] || '';
    exported.setAttribute('href', `/api/v1/access_log.csv${app.query(asked())}`);
  }

  function asked() {
    const {from, to, call, ...rest} = Object.fromEntries(FIELDS.map((name) => [name, controls[name].value.trim()]));
    const after = to && new Date(new Date(`${to}T00:00:00`).setDate(new Date(`${to}T00:00:00`).getDate() + 1)).toISOString();
    return {...rest, call: /^\d{1,18}$/.test(call) ? call : '', since: moment(from) || '', before: after};
  }

  function search() {
    clearTimeout(waiting);
    app.go({view: 'administration', part: 'log', ...Object.fromEntries(FIELDS.map((name) => [name, controls[name].value.trim()]))}, {replace: true});
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(search, 250);
  }

  async function page(cursor = '') {
    const answer = await app.api(`/access_log${app.query({...asked(), cursor, limit: 100})}`);
    rows = cursor ? [...rows, ...answer.items] : answer.items;
    next = answer.next || '';
    return [table(t('part.log'), [t('log.at'), t('log.actor'), t('log.action'), t('log.what'), t('log.address'), t('log.outcome')], rows.map(row), t('log.none')),
      next ? h('button', {type: 'button', class: 'plain', onclick: async () => fill(view.body, await page(next))}, t('showMore')) : null];
  }

  function row(one) {
    const what = [one.call ? h('a', {href: `/${app.query({call: one.call})}`, onclick: (event) => { event.preventDefault(); app.go({call: one.call}); }}, t('log.aCall')) : null, one.file ? h('code', {}, one.file) : null, one.subject];
    return [`${dayOf(one.at)} ${clock(one.at)}`, button(one.actor, () => { controls.actor.value = one.actor; search(); }, {look: 'plain'}), t(`action.${one.action}`), what.some(Boolean) ? h('span', {class: 'wraps'}, what.filter(Boolean).flatMap((part, place) => (place ? [' · ', part] : [part]))) : '',
      one.address, one.outcome === 'ok' ? '' : h('span', {class: 'badge bad'}, t(`log.${one.outcome}`))];
  }

  const end = () => clearTimeout(waiting);
  end.changed = (now) => { put(now); view.again(); };
  return end;
}
