// Who the agents and telephones are, and how the queues are called: changed one by one, or loaded from a file.

import {fill, h} from '../dom.js';
import {ask, button, field, part, table} from './forms.js';
import {forgetPeople} from './given.js';
import {Problem} from '../api.js';
import {number} from '../format.js';
import {parseTable} from './csv.js';
import {t} from '../texts/texts.js';

const KINDS = {agents: 'agent', queues: 'queue', users: 'user'};
const KEY = {agents: 'number', queues: 'name', users: 'number'};
const COLUMNS = {agents: ['number', 'firstname', 'lastname', 'name', 'interface'], queues: ['name', 'number', 'display_name'], users: ['number', 'firstname', 'lastname', 'name', 'interface']};
const ALL = ['number', 'name', 'firstname', 'lastname', 'interface', 'display_name'];
const SHOWN = 200;

export function show(root, app, params) {
  let kind = KINDS[params.kind] ? params.kind : 'agents', entries = [], wanted = '';
  const kinds = h('nav', {class: 'kinds', 'aria-label': t('part.directory')}), list = h('div', {});
  const filter = h('input', {type: 'search', 'aria-label': t('dir.filter'), placeholder: t('dir.filter'), oninput: () => { wanted = filter.value.toLowerCase(); paint(); }});
  const actions = [h('button', {type: 'button', onclick: loadFile}, t('dir.load')), h('button', {type: 'button', class: 'primary', onclick: () => edit(null)}, t('add'))];
  const view = part(root, app, {title: t('part.directory'), lead: t('dir.lead'), actions}, load);

  async function load() {
    fill(kinds, Object.keys(KINDS).map((one) => h('a', {href: `/?view=administration&part=directory&kind=${one}`, 'aria-current': one === kind ? 'page' : null, onclick: (event) => { event.preventDefault(); app.go({view: 'administration', part: 'directory', kind: one}); }}, t(`dir.${one}`))));
    entries = await app.api(`/directory/${kind}`);
    paint();
    return view?.body.contains(list) ? null : [h('div', {class: 'page-head'}, kinds, filter), list];
  }

  function paint() {
    const fits = entries.filter((one) => !wanted || ALL.some((column) => one[column].toLowerCase().includes(wanted)));
    fill(list, table(t(`dir.${kind}`), [...COLUMNS[kind].map((one) => t(`dir.${one}`)), ''], fits.slice(0, SHOWN).map(row), t(wanted ? 'dir.noneLike' : 'dir.none')),
      fits.length > SHOWN ? h('p', {class: 'quiet'}, t('dir.more', {n: number(fits.length - SHOWN)})) : null);
  }

  function row(entry) {
    const name = entry[KEY[kind]];
    return [...COLUMNS[kind].map((column) => entry[column]), h('span', {class: 'actions'}, button(t('edit'), () => edit(entry), {name}), button(t('remove'), () => remove(entry), {name}))];
  }

  function edit(entry) {
    ask({
      title: entry ? t('dir.edit', {name: entry[KEY[kind]]}) : t(`dir.add_${kind}`), submit: entry ? t('save') : t('add'),
      fields: COLUMNS[kind].map((column) => field(column, t(`dir.${column}`), {value: entry?.[column], required: column === KEY[kind], hint: t(`dir.${column}Hint`) === `dir.${column}Hint` ? '' : t(`dir.${column}Hint`)})),
      async act(values) {
        const key = values[KEY[kind]];
        if (!key) throw new Problem(400, {errors: [{field: KEY[kind], reason: t('dir.required')}]});
        await put((now) => {
          if (now.some((one) => one[KEY[kind]] === key && key !== entry?.[KEY[kind]])) throw new Problem(409, {errors: [{field: KEY[kind], reason: t('dir.taken')}]});
          const kept = now.find((one) => one[KEY[kind]] === entry?.[KEY[kind]]);
          return [...now.filter((one) => one !== kept), {...kept, kind: KINDS[kind], ...values}];
        });
      },
    });
  }

  function remove(entry) {
    ask({title: t('dir.removeTitle', {name: entry[KEY[kind]]}), lead: t('dir.removeLead'), submit: t('remove'), danger: true, act: () => put((now) => now.filter((one) => one[KEY[kind]] !== entry[KEY[kind]]))});
  }

  /** A kind is put whole: what others changed meanwhile is asked for first. */
  async function put(changed) {
    entries = await app.api(`/directory/${kind}`);
    paint();
    await app.api(`/directory/${kind}`, {method: 'PUT', body: changed(entries)});
    forgetPeople();
    await view.again();
  }

  function loadFile() {
    ask({
      title: t('dir.load'), lead: t('dir.loadLead'), submit: t('dir.loadNow'), fields: [field('file', t('dir.file'), {kind: 'file', hint: 'kind,number,name,firstname,lastname,interface,display_name'})],
      async act({file}) {
        if (!file) throw new Problem(400, {errors: [{field: 'file', reason: t('dir.required')}]});
        const found = entriesOf(await file.text());
        for (const [one, rows] of Object.entries(found)) await app.api(`/directory/${one}`, {method: 'PUT', body: rows});
        forgetPeople();
        await view.again();
        return h('p', {}, Object.entries(found).map(([one, rows]) => `${t(`dir.${one}`)}: ${number(rows.length)}`).join(' · ') || t('dir.emptyFile'));
      },
    });
  }

  const end = () => {};
  end.changed = (now) => { kind = KINDS[now.kind] ? now.kind : 'agents'; filter.value = wanted = ''; view.again(); };
  return end;
}

/** The entries in a file, by kind, for the kinds that occur. */
function entriesOf(text) {
  const [heads = [], ...rows] = parseTable(text);
  const columns = heads.map((one) => one.trim().toLowerCase()), found = {};
  if (!columns.includes('kind') || columns.some((one) => one !== 'kind' && !ALL.includes(one))) throw new Problem(400, {errors: [{field: 'file', reason: t('dir.heads')}]});
  rows.forEach((cells, place) => {
    if (!cells.some((cell) => cell.trim())) return;
    const {kind: word, ...entry} = Object.fromEntries(columns.map((column, at) => [column, (cells[at] || '').trim()]));
    const plural = Object.keys(KINDS).find((one) => KINDS[one] === word.toLowerCase());
    if (!plural) throw new Problem(400, {errors: [{field: 'file', reason: t('dir.badKind', {line: place + 2, word})}]});
    (found[plural] ||= []).push({...entry, kind: KINDS[plural], [KEY[plural]]: entry[KEY[plural]] || ''});
  });
  return found;
}
