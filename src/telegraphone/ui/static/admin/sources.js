// Which logs are read, and how far each has been.

import {h} from '../dom.js';
import {part, table} from './forms.js';
import {bytes, clock, dayOf, number} from '../format.js';
import {t} from '../texts/texts.js';

const EVERY_MS = 5000;

export function show(root, app) {
  const view = part(root, app, {title: t('part.sources'), lead: t('source.lead')}, load);
  const timer = setInterval(() => !document.hidden && view.again(), EVERY_MS);

  async function load() {
    const {items} = await app.api('/sources');
    return table(t('part.sources'), [t('source.source'), t('source.pbx'), t('source.path'), {name: t('source.position'), n: true}, t('source.read'), {name: t('source.behind'), n: true}, t('source.state')], items.map(row), t('source.none'));
  }

  function row(one) {
    const state = one.is_followed ? ['good', 'following'] : one.is_configured ? ['warn', 'notFollowed'] : ['', 'once'];
    return [h('b', {}, one.source), one.pbx, h('code', {class: 'wraps'}, one.path), number(one.position), one.read_at ? `${dayOf(one.read_at)} ${clock(one.read_at)}` : t('never'),
      one.behind === null ? h('span', {class: 'quiet', title: t('source.unknownBehind')}, '–') : one.behind ? bytes(one.behind) : h('span', {class: 'quiet'}, t('source.upToDate')), h('span', {class: `badge ${state[0]}`}, t(`source.${state[1]}`))];
  }

  return () => clearInterval(timer);
}
