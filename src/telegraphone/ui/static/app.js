// The shell: who is here, which view the address asks for, and what all views share.

import {api, query, whenSignedOut} from './api.js';
import {fill, h, icon, mark, say} from './dom.js';
import {keepWord} from './kept.js';
import {makeKeys, showKeys} from './keys.js';
import {makePlayer} from './player/player.js';
import * as search from './calls/search.js';
import {showSignIn, signOut, whoAmI} from './session.js';
import {t} from './texts/texts.js';
import './texts/calls.js';

/** The views by their word in the address (`?view=`): modules that export `show(root, params, app)`, which returns what ends it. */
const VIEWS = {
  calls: async () => search,
  overview: () => import('./overview/overview.js'),
  administration: () => import('./admin/admin.js'),
};
const HIDDEN = {administration: 'admin'};

const main = document.getElementById('main');
const top = document.getElementById('top');
const told = document.getElementById('told');
const slot = h('div', {id: 'slot'});
const nav = h('nav', {'aria-label': 'Telegraphone'});
const you = h('div', {class: 'you'});

/** What views are given. `slot`: a place in the head of the page; `player`: what plays on while views change. */
export const app = {api, query, me: null, player: null, keys: null, slot, can, go, params, toast, explain, main};

/** While somebody types, the browser's address follows when he pauses: browsers look for the icon at each change, and some count them. */
const PAUSE_MS = 250;

let shown = null;
let end = () => {};
let address = location.pathname + location.search;
let pausing = 0;

function can(right) {
  return Boolean(app.me?.rights.includes(right) || app.me?.rights.includes('admin'));
}

function params() {
  return Object.fromEntries(new URL(address, location.origin).searchParams);
}

/** Change the address: what is null is left out. A view is asked again only when it is another one, else it gets `changed(params)`. */
function go(values, {replace = false} = {}) {
  const wanted = `/${query(values)}`;
  if (!replace) writeAddress();
  if (!replace && wanted !== address) history.pushState(null, '', wanted);
  address = wanted;
  clearTimeout(pausing);
  pausing = setTimeout(writeAddress, PAUSE_MS);
  return render();
}

function writeAddress() {
  clearTimeout(pausing);
  if (address !== location.pathname + location.search) history.replaceState(null, '', address);
}

function cameBack() {
  clearTimeout(pausing);
  address = location.pathname + location.search;
  return render();
}

async function render() {
  const wanted = params();
  const view = VIEWS[wanted.view] ? wanted.view : 'calls';
  if (shown?.view === view) return shown.changed?.(wanted);
  paintNav(view);
  end();
  end = () => {};
  shown = {view};
  fill(slot);
  fill(main);
  document.body.dataset.view = view;
  document.title = view === 'calls' ? 'Telegraphone' : `${t(view)} – Telegraphone`;
  await start(view, wanted);
}

async function start(view, wanted) {
  const mine = shown;
  try {
    const module = await VIEWS[view]();
    if (shown !== mine) return;
    const ended = module.show(main, wanted, app);
    end = ended || end;
    mine.changed = ended?.changed;
  } catch (error) {
    if (shown !== mine) return;
    fill(main, error instanceof TypeError ? h('p', {class: 'empty'}, t('pageGone')) : explain(error, () => { shown = null; render(); }));
    if (!(error instanceof TypeError)) console.error(error);
  }
}

/** What went wrong, in words, and what to do; an element. */
function explain(problem, retry) {
  const kind = problem.status === 0 ? 'unreachable' : problem.status === 403 ? 'forbidden' : problem.status === 404 ? 'notFound' : problem.status >= 500 || !problem.status ? 'serverFault' : 'refused';
  const fields = (problem.errors || []).map((one) => h('li', {}, `${one.field}: ${one.reason}`));
  return h('div', {class: 'problem', role: 'alert'}, icon('warn'), h('div', {},
    h('strong', {}, t(kind)), kind === 'refused' ? h('p', {}, problem.message) : h('p', {}, t(`${kind}Do`)), fields.length ? h('ul', {}, fields) : null,
    retry ? h('button', {type: 'button', onclick: retry}, t('retry')) : null));
}

let toastEnds = 0;

/** Say something for a moment, perhaps with one thing to do about it: `{label, act}`. */
function toast(text, action) {
  clearTimeout(toastEnds);
  fill(told, h('div', {class: 'toast'}, h('span', {}, text),
    action ? h('button', {type: 'button', onclick: () => { fill(told); action.act(); }}, action.label) : null));
  toastEnds = setTimeout(() => fill(told), action ? 8000 : 3000);
}

function paintNav(view) {
  const views = Object.keys(VIEWS).filter((one) => !HIDDEN[one] || can(HIDDEN[one]));
  fill(nav, views.map((one) => h('a', {
    href: one === 'calls' ? '/' : `/?view=${one}`, 'aria-current': one === view ? 'page' : null, onclick: follow,
  }, t(one))));
  nav.querySelector('[aria-current]')?.scrollIntoView({block: 'nearest', inline: 'center'});
}

/** Links of our own change the view without a new page. */
function follow(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(Object.fromEntries(new URL(event.currentTarget.href).searchParams));
}

function paintYou() {
  const summary = h('summary', {title: t('menu')}, icon('person'), h('span', {class: 'name'}, app.me.full_name || app.me.name), h('span', {class: 'away'}, t('menu')));
  const menu = h('details', {class: 'menu'}, summary, h('div', {class: 'sheet'},
    h('p', {class: 'who'}, h('b', {}, app.me.full_name || app.me.name), ' ', t(`right.${app.me.profile}`)),
    choice('theme', ['', 'light', 'dark'], ['system', 'light', 'dark'], document.documentElement.dataset.theme || '', setTheme),
    choice('language', ['en', 'fr'], ['English', 'Français'], document.documentElement.lang, setLanguage),
    h('button', {type: 'button', class: 'plain', onclick: () => { menu.open = false; showKeys(); }}, icon('keys'), t('keys')),
    h('a', {href: '/api/docs'}, icon('note'), t('apiDocs')),
    h('button', {type: 'button', class: 'plain', onclick: leave}, icon('back'), t('signOut'))));
  closeOutside(menu);
  fill(you, menu);
}

function choice(name, values, labels, current, choose) {
  return h('fieldset', {class: 'choice'}, h('legend', {}, t(name)), values.map((value, place) => h('label', {},
    h('input', {type: 'radio', name, value, checked: value === current, onchange: () => choose(value)}), h('span', {}, t(labels[place])))));
}

function setTheme(value) {
  keepWord('theme', value);
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new Event('theme'));
}

function setLanguage(value) {
  keepWord('language', value);
  document.documentElement.lang = value;
  api('/session/language', {method: 'PUT', body: {language: value}}).catch(() => {});  // this browser keeps it all the same
  enter({...app.me, language: value});
}

/** A menu closes when one clicks beside it or presses Escape. */
export function closeOutside(menu) {
  const outside = (event) => { if (!menu.contains(event.target)) menu.open = false; };
  menu.addEventListener('toggle', () => {
    document[menu.open ? 'addEventListener' : 'removeEventListener']('pointerdown', outside);
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector('summary').focus();
  });
}

async function leave() {
  await signOut();
  app.player?.stop();
  ask('');
}

function ask(note) {
  if (document.body.dataset.view === 'sign-in') return;
  end();
  end = () => {};
  shown = null;
  app.me = null;
  fill(slot);
  fill(nav);
  fill(you);
  document.body.dataset.view = 'sign-in';
  showSignIn(main, enter, note);
}

function enter(me) {
  app.me = me;
  if (['en', 'fr'].includes(me.language)) {
    document.documentElement.lang = me.language;
    keepWord('language', me.language);
  }
  say(document.querySelector('.skip'), t('skip'));
  paintYou();
  shown = null;
  app.player ||= makePlayer(app, document.getElementById('player'));
  app.player.paint();
  return render();
}

/** Why another server's sign-in led here without anybody signed in; told once. */
function refusal() {
  const {refused, ...rest} = params();
  if (!refused) return '';
  address = `/${query(rest)}`;
  writeAddress();
  return t(`refused.${['again', 'nothing', 'away'].includes(refused) ? refused : 'again'}`);
}

async function boot() {
  top.append(nav, slot, you);
  mark(top, 'data-ready', true);
  app.keys = makeKeys(app);
  addEventListener('popstate', cameBack);
  whenSignedOut(() => ask(t('signedOut')));
  try {
    const me = await whoAmI();
    if (me) await enter(me);
    else ask(refusal());
  } catch (problem) {
    fill(main, explain(problem, () => location.reload()));
  }
}

boot();
