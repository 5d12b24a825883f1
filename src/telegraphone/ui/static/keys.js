// The keyboard: one table of keys, the same that `?` shows.

import {fill, h, icon} from './dom.js';
import {t} from './texts/texts.js';

/** [keys as shown, text, event → whether it is meant, what it does with (player, view)] */
const TABLE = [
  [['Space'], 'keyToggle', is(' '), (player, view) => (player.call ? player.toggle() : view.play?.())],
  [['←', '→'], 'keySeek', (e) => plain(e) && arrow(e), (player, view, e) => player.move(e.key === 'ArrowLeft' ? -5 : 5)],
  [['⇧ ←', '⇧ →'], 'keySeekFar', (e) => e.shiftKey && !e.ctrlKey && !e.altKey && !e.metaKey && arrow(e), (player, view, e) => player.move(e.key === 'ArrowLeft' ? -30 : 30)],
  [['↑', '↓'], 'keyStep', (e) => plain(e) && (e.key === 'ArrowUp' || e.key === 'ArrowDown'), (player, view, e) => view.step?.(e.key === 'ArrowUp' ? -1 : 1)],
  [['Enter'], 'keyOpen', is('Enter'), (player, view) => view.enter?.()],
  [['P'], 'keyPlay', is('p'), (player, view) => view.play?.()],
  [['/'], 'keySearch', (e) => e.key === '/' && !e.ctrlKey && !e.metaKey, (player, view) => view.search?.()],
  [['[', ']'], 'keySpeed', (e) => e.key === '[' || e.key === ']', (player, view, e) => player.faster(e.key === '[' ? -1 : 1)],
  [['S'], 'keySkip', is('s'), (player) => player.toggleSkip()],
  [['1', '2', '0'], 'keySolo', (e) => plain(e) && ['0', '1', '2'].includes(e.key), (player, view, e) => player.solo({0: 'both', 1: 0, 2: 1}[e.key])],
  [['L'], 'keyLoop', is('l'), (player) => player.loopHere()],
  [['C'], 'keyLink', is('c'), (player) => player.copyLink()],
  [['N'], 'keyNote', is('n'), (player, view) => view.note?.()],
  [['Esc'], 'keyClose', is('Escape'), (player, view) => (player.loop ? player.setLoop(null) : view.escape?.())],
  [['?'], 'keyHelp', (e) => e.key === '?', () => showKeys()],
];

function is(key) {
  return (event) => plain(event) && event.key.toLowerCase() === key.toLowerCase();
}

const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
const arrow = (event) => event.key === 'ArrowLeft' || event.key === 'ArrowRight';

/** Listens for the whole page; a view says with `use` what its keys do. */
export function makeKeys(app) {
  let view = {};
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || !app.me || document.querySelector('dialog[open]')) return;
    if (isWriting(event)) return void (event.key === 'Escape' && event.target.blur());  // what was written stays
    const line = TABLE.find(([, , meant]) => meant(event));
    if (!line || (isPressing(event.target) && (event.key === ' ' || event.key === 'Enter'))) return;
    event.preventDefault();
    line[3](app.player, view, event);
  });
  return {use(wanted) { view = {...wanted}; }, add(more) { Object.assign(view, more); }};
}

function isWriting(event) {
  const {target} = event;
  if (event.key === 'Escape' && target.matches?.('input, select, textarea')) return true;
  return Boolean(target.closest?.('textarea, select, input:not([type=checkbox], [type=radio], [type=button]), [contenteditable]')) || (target.type === 'radio' && event.key.startsWith('Arrow'));
}

const isPressing = (target) => Boolean(target.closest?.('button, a, summary, input, [role=option]'));

export function showKeys() {
  const dialog = h('dialog', {'aria-label': t('keys'), class: 'keys'});
  const lines = TABLE.map(([keys, text]) => h('div', {}, h('dt', {}, keys.map((key) => h('kbd', {}, key))), h('dd', {}, t(text))));
  fill(dialog, h('h2', {}, t('keys')), h('dl', {}, lines), h('button', {type: 'button', class: 'plain shut', 'aria-label': t('close'), onclick: () => dialog.close()}, icon('close')));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}
