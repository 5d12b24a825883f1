// Who is told by HTTP what happens, and what became of each message.

import {fill, h} from '../dom.js';
import {ask, button, field, part, secret, table} from './forms.js';
import {clock, dayOf, number} from '../format.js';
import {t} from '../texts/texts.js';

const KINDS = ['call.started', 'call.changed', 'call.ended', 'recording.available', 'recording.missing', 'recording.flawed', 'source.following', 'source.behind', 'source.failing', 'source.gap'];
const TONES = {done: 'good', failed: 'bad', waiting: 'warn'};

export function show(root, app) {
  const list = h('div', {}), sent = h('div', {});
  fill(root, list, sent);
  const view = part(list, app, {title: t('part.webhooks'), lead: t('hook.lead'), actions: [h('button', {type: 'button', class: 'primary', onclick: add}, t('hook.add'))]}, load);

  async function load() {
    const hooks = await app.api('/webhooks');
    return table(t('part.webhooks'), [t('hook.url'), t('hook.kinds'), {name: t('hook.waiting'), n: true}, {name: t('hook.failed'), n: true}, ''], hooks.map(row), t('hook.none'));
  }

  function row(hook) {
    const name = hook.url;
    return [[h('code', {class: 'wraps'}, hook.url), hook.is_on ? null : h('span', {class: 'badge bad', title: hook.reason}, t('hook.off'))], h('span', {class: 'wraps'}, hook.kinds.length === KINDS.length ? t('hook.all') : hook.kinds.join(', ')), number(hook.waiting), number(hook.failed),
      h('span', {class: 'actions'}, button(t('hook.sent'), () => deliveries(hook), {name}), button(t('hook.test'), () => test(hook), {name}), button(t('remove'), () => remove(hook), {name}))];
  }

  function add() {
    ask({
      title: t('hook.add'), lead: t('hook.addLead'), submit: t('add'), fields: [field('url', t('hook.url'), {required: true}), field('kinds', t('hook.kinds'), {kind: 'checks', options: KINDS.map((one) => [one, one]), value: KINDS})],
      async act(values) {
        const made = await app.api('/webhooks', {method: 'POST', body: {url: values.url, kinds: values.kinds}});
        view.again();
        return secret(app, made.secret, t('hook.once'));
      },
    });
  }

  async function test(hook) {
    await view.change(() => app.api(`/webhooks/${hook.id}/test`, {method: 'POST'}));
    deliveries(hook);
  }

  function remove(hook) {
    ask({title: t('hook.removeTitle'), lead: hook.url, submit: t('remove'), danger: true, act: async () => {
      await app.api(`/webhooks/${hook.id}`, {method: 'DELETE'});
      fill(sent);
      await view.again();
    }});
  }

  function deliveries(hook) {
    let found = [], next = '';
    const one = part(sent, app, {title: t('hook.sentTo', {url: hook.url}), actions: [h('button', {type: 'button', onclick: () => one.again()}, t('hook.again'))]}, () => page());
    sent.firstChild.tabIndex = -1;
    sent.firstChild.focus();

    async function page(cursor = '') {
      const answer = await app.api(`/webhooks/${hook.id}/deliveries${app.query({cursor})}`);
      found = cursor ? [...found, ...answer.items] : answer.items;
      next = answer.next || '';
      return [table(t('hook.sent'), [t('hook.when'), t('hook.kind'), t('hook.state'), {name: t('hook.tries'), n: true}, t('hook.answer'), t('hook.next')], found.map(line), t('hook.nothingSent')),
        next ? h('button', {type: 'button', class: 'plain', onclick: async () => fill(one.body, await page(next))}, t('showMore')) : null];
    }
  }

  function line(message) {
    const at = (moment) => (moment ? `${dayOf(moment)} ${clock(moment)}` : '');
    return [at(message.made_at), message.kind, h('span', {class: `badge ${TONES[message.state] || ''}`}, t(`hook.${message.state}`)), number(message.attempts), [message.status ?? '', h('code', {class: 'wraps'}, ` ${message.answer}`)], at(message.next_at)];
  }
}
