// Who signs in, and what each is given.

import {h} from '../dom.js';
import {ask, button, field, part, table} from './forms.js';
import * as given from './given.js';
import {dayOf, shortClock} from '../format.js';
import {t} from '../texts/texts.js';

const PROFILES = ['administrator', 'supervisor', 'teacher', 'agent'];
/** What of a scope each profile has. */
const ASKS = {administrator: [], supervisor: ['queues', 'agents'], teacher: ['queues', 'span'], agent: ['agents']};

export function show(root, app) {
  const add = h('button', {type: 'button', class: 'primary', onclick: () => edit(null)}, t('user.add'));
  const view = part(root, app, {title: t('part.users'), lead: t('user.lead'), actions: [add]}, load);

  async function load() {
    const {items} = await app.api('/users');
    return table(t('part.users'), [t('name'), t('user.profile'), t('user.given'), t('user.signedIn'), ''], items.map(row), t('user.none'));
  }

  function row(user) {
    const who = [h('b', {}, user.full_name || user.name), user.full_name ? h('span', {class: 'quiet'}, ` ${user.name}`) : null, user.disabled ? h('span', {class: 'badge bad'}, t('user.disabled')) : null];
    const isMe = user.name === app.me.name;
    return [who, t(`right.${user.profile}`), h('span', {class: 'wraps'}, given.told(user.scope)), user.signed_in_at ? `${dayOf(user.signed_in_at)} ${shortClock(user.signed_in_at)}` : t('never'), h('span', {class: 'actions'},
      button(t('edit'), () => edit(user), {name: user.name}),
      isMe ? null : user.disabled ? button(t('user.enable'), () => enable(user), {name: user.name}) : button(t('user.disable'), () => disable(user), {name: user.name}))];
  }

  async function edit(user) {
    const known = await given.people(app).catch(() => ({queues: [], agents: []}));
    const asks = (values) => ASKS[values.profile];
    ask({
      title: user ? t('user.edit', {name: user.name}) : t('user.add'), submit: user ? t('save') : t('add'),
      fields: [
        ...(user ? [] : [field('name', t('name'), {hint: t('user.nameHint'), required: true})]), field('full_name', t('user.fullName'), {value: user?.full_name}),
        field('profile', t('user.profile'), {kind: 'select', options: PROFILES.map((one) => [one, t(`right.${one}`)]), value: user?.profile || 'supervisor'}),
        ...given.fields(user?.scope, known, asks),
        field('language', t('language'), {kind: 'select', options: [['', t('user.browser')], ['en', 'English'], ['fr', 'Français']], value: user?.language}),
        field('password', user ? t('user.newPassword') : t('password'), {kind: 'password', hint: t(user ? 'user.newPasswordHint' : 'user.passwordHint')}),
      ],
      async act(values) {
        const body = {full_name: values.full_name, profile: values.profile, scope: given.scopeOf(values, asks(values)), language: values.language, ...(values.password ? {password: values.password} : {})};
        if (user) await app.api(`/users/${encodeURIComponent(user.name)}`, {method: 'PUT', body});
        else await app.api('/users', {method: 'POST', body: {...body, name: values.name}});
        await view.again();
      },
    });
  }

  function disable(user) {
    ask({title: t('user.disableTitle', {name: user.name}), lead: t('user.disableLead'), submit: t('user.disable'), danger: true, act: async () => {
      await app.api(`/users/${encodeURIComponent(user.name)}`, {method: 'DELETE'});
      await view.again();
    }});
  }

  const enable = (user) => view.change(() => app.api(`/users/${encodeURIComponent(user.name)}`, {method: 'PUT', body: {disabled: false}}));
}
