// What lets programs in.

import {h} from '../dom.js';
import {ask, button, field, part, secret, table} from './forms.js';
import * as given from './given.js';
import {dayWithYear} from '../format.js';
import {t} from '../texts/texts.js';

const RIGHTS = ['read', 'listen', 'attach', 'ingest', 'admin'];
const LIMITED = ['read', 'listen', 'attach'];

export function show(root, app) {
  const add = h('button', {type: 'button', class: 'primary', onclick: make}, t('key.add'));
  const view = part(root, app, {title: t('part.keys'), lead: t('key.lead'), actions: [add]}, load);

  async function load() {
    const {items} = await app.api('/keys');
    return table(t('part.keys'), [t('name'), t('key.rights'), t('user.given'), t('key.made'), ''], items.map(row), t('key.none'));
  }

  function row(key) {
    return [[h('b', {}, key.name), key.revoked_at ? h('span', {class: 'badge bad'}, t('key.revoked', {day: dayWithYear(key.revoked_at)})) : null], key.rights.map((one) => t(`may.${one}`)).join(', '),
      h('span', {class: 'wraps'}, given.told(key.scope)), dayWithYear(key.created_at), key.revoked_at ? '' : button(t('key.revoke'), () => revoke(key), {name: key.name})];
  }

  async function make() {
    const known = await given.people(app).catch(() => ({queues: [], agents: []}));
    const asks = (values) => (values.limit === 'some' ? ['queues', 'agents', 'span'] : []);
    ask({
      title: t('key.add'), submit: t('add'),
      fields: [
        field('name', t('name'), {hint: t('key.nameHint'), required: true}), field('rights', t('key.rights'), {kind: 'checks', options: RIGHTS.map((one) => [one, t(`may.${one}`)]), value: ['read']}),
        field('limit', t('user.given'), {kind: 'select', options: [['', t('given.all')], ['some', t('given.some')]], when: (values) => values.rights.every((one) => LIMITED.includes(one))}), ...given.fields(null, known, asks),
      ],
      async act(values) {
        const made = await app.api('/keys', {method: 'POST', body: {name: values.name, rights: values.rights, scope: given.scopeOf(values, asks(values))}});
        view.again();
        return secret(app, made.key, t('key.once'));
      },
    });
  }

  function revoke(key) {
    ask({title: t('key.revokeTitle', {name: key.name}), lead: t('key.revokeLead'), submit: t('key.revoke'), danger: true, act: async () => {
      await app.api(`/keys/${key.id}`, {method: 'DELETE'});
      await view.again();
    }});
  }
}
