// The calls that somebody, or a key, is given: asked for and told.

import {dayWithYear, isoDay} from '../format.js';
import {field, moment} from './forms.js';
import {t} from '../texts/texts.js';

let known = null;

/** The directory's queues and agents, asked for once. */
export async function people(app) {
  known ||= Promise.all([app.api('/directory/queues'), app.api('/directory/agents')]).catch((problem) => { known = null; throw problem; });
  const [queues, agents] = await known;
  return {queues: queues.map((one) => [one.name, one.display_name || one.name]), agents: agents.map((one) => [one.number, `${one.number} ${[one.firstname, one.lastname].filter(Boolean).join(' ') || one.name}`])};
}

export const forgetPeople = () => { known = null; };

/** Fields for queues, agents and a span; `asks(values)` tells which of them are asked. */
export function fields(scope, {queues, agents}, asks) {
  const day = (at) => (at ? isoDay(new Date(at)) : '');
  const withOthers = (options, given = []) => [...options, ...given.filter((one) => !options.some(([value]) => value === one)).map((one) => [one, one])];
  return [
    field('queues', t('given.queues'), {kind: 'checks', options: withOthers([['*', t('given.everything')], ...queues], scope?.queues), value: scope?.queues, when: (values) => asks(values).includes('queues')}),
    field('agents', t('given.agents'), {kind: 'checks', options: withOthers(agents, scope?.agents), value: scope?.agents, when: (values) => asks(values).includes('agents')}),
    field('from', t('given.from'), {kind: 'date', value: day(scope?.from), when: (values) => asks(values).includes('span')}),
    field('to', t('given.to'), {kind: 'date', value: day(scope?.to), hint: t('given.toHint'), when: (values) => asks(values).includes('span')}),
  ];
}

/** What the fields say, for the API; null where nothing is limited. */
export function scopeOf(values, asked) {
  if (!asked.length) return null;
  const is = (part) => asked.includes(part);
  return {
    queues: is('queues') ? values.queues : [], agents: is('agents') ? values.agents : [],
    from: is('span') ? moment(values.from) : null, to: is('span') ? moment(values.to) : null,
  };
}

/** In words. */
export function told(scope) {
  if (!scope) return t('given.all');
  const parts = [
    scope.queues.includes('*') ? t('given.everything') : scope.queues.join(', '), scope.agents.length ? `${t('given.agents')}: ${scope.agents.join(', ')}` : '',
    scope.from ? t('given.since', {day: dayWithYear(scope.from)}) : '', scope.to ? t('given.before', {day: dayWithYear(scope.to)}) : '',
  ].filter(Boolean);
  return parts.join(' · ') || t('given.nothing');
}
