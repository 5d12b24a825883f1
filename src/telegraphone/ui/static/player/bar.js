// The player at the foot of the page: the outline of both channels, the time, and what can be done with it.

import {callerOf, talkersOf} from '../calls/call_words.js';
import {fill, h, icon, mark, say} from '../dom.js';
import * as format from '../format.js';
import {SPEEDS} from './sound.js';
import {t} from '../texts/texts.js';
import {coloursOf, drawChannel, fitCanvas} from './wave.js';

const DRAG_PX = 6;

export function makeBar(app, player, root) {
  let parts = null, colours = null, drawn = '', drag = null;
  new ResizeObserver(() => { drawn = ''; draw(); }).observe(root);
  addEventListener('theme', () => { colours = null; drawn = ''; draw(); });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { colours = null; drawn = ''; draw(); });

  /** In the language of the moment. */
  function build() {
    const button = (name, act, ...inner) => h('button', {type: 'button', class: `plain b-${name}`, 'aria-label': t(`player.${name}`), title: t(`player.${name}`), onclick: act}, inner);
    parts = {
      play: button('play', () => player.toggle(), icon('play'), icon('pause')),
      next: button('next', () => player.next(), icon('next')),
      title: h('a', {class: 'title', onclick: openCall}), time: h('span', {class: 'time'}), names: [h('span', {class: 'lane copper'}), h('span', {class: 'lane steel'})],
      canvas: h('canvas', {'aria-hidden': 'true'}), hint: h('span', {class: 'hint', hidden: true}),
      speed: h('select', {'aria-label': t('player.speed'), title: t('player.speed'), onchange: (event) => player.setSpeed(Number(event.target.value))},
        SPEEDS.map((one) => h('option', {value: one}, `${one}×`))),
      skip: button('skip', () => player.toggleSkip(), icon('skip')),
      solo: [['both', 'both', '1+2'], ['first', 0, '1'], ['second', 1, '2']].map(([name, channel, text]) => h('button', {type: 'button', class: 'plain', title: t(`player.${name}`), onclick: () => player.solo(channel)}, text, h('span', {class: 'away'}, t(`player.${name}`)))),
      loop: button('loop', () => player.loopHere(), icon('loop')), follow: button('follow', () => player.toggleFollow(), icon('follow')),
      link: button('link', () => player.copyLink(), icon('link')), close: button('close', () => player.stop(), icon('close')),
    };
    parts.wave = h('div', {class: 'wave', role: 'slider', tabindex: 0, 'aria-label': t('player.place'), 'aria-valuemin': 0}, parts.canvas, parts.names, parts.hint);
    parts.group = h('span', {class: 'solo', role: 'group', 'aria-label': t('player.solo')}, parts.solo);
    listenToDrags(parts.wave);
    mark(root, 'aria-label', t('player'));
    fill(root, h('div', {class: 'main-keys'}, parts.play, parts.next), h('div', {class: 'what'}, parts.title, parts.time), parts.wave,
      h('div', {class: 'ways'}, parts.speed, parts.skip, parts.group, parts.loop, parts.follow, parts.link, parts.close));
    drawn = '';
  }

  function openCall(event) {
    event.preventDefault();
    app.go({...app.params(), view: null, call: player.call.id, t: null, rec: null});
  }

  function paint(what) {
    if (!parts || !player.call) return;
    if (what === 'call' || what === 'peaks') paintCall();
    if (what !== 'time') paintState();
    const {time, duration} = player;
    say(parts.time, `${format.duration(Math.floor(time))} / ${format.duration(duration)}`);
    mark(parts.wave, 'aria-valuenow', Math.floor(time));
    mark(parts.wave, 'aria-valuetext', `${format.duration(Math.floor(time))}`);
    draw();
  }

  function paintCall() {
    const {call, recording} = player, caller = callerOf(call)[0], talker = talkersOf(call).at(-1) || call.dialled.number;
    say(parts.title, `${caller} → ${talker}`);
    mark(parts.title, 'href', `/?call=${call.id}`);
    mark(parts.title, 'title', format.full(call.started_at));
    const two = (player.peaks?.channels.length || recording.channels) === 2;
    parts.names.forEach((one, place) => { one.hidden = !two && place > 0; say(one, two ? [caller, talker][place] : ''); });
    parts.group.hidden = !two;
    mark(parts.wave, 'aria-valuemax', Math.ceil(player.duration));
    mark(parts.wave, 'data-two', two);
    drawn = '';
  }

  function paintState() {
    mark(parts.play, 'data-on', player.isPlaying);
    mark(parts.play, 'aria-label', t(player.isPlaying ? 'player.pause' : 'player.play'));
    mark(root, 'data-waiting', player.isWaiting);
    if (parts.speed.value !== String(player.speed)) parts.speed.value = String(player.speed);
    for (const [part, on] of [[parts.skip, player.skips], [parts.follow, player.follows], [parts.loop, Boolean(player.loop)]]) mark(part, 'aria-pressed', String(on));
    parts.solo.forEach((one, place) => mark(one, 'aria-pressed', String(player.soloed === ['both', 0, 1][place])));
    say(parts.hint, player.problem ? t('cannotPlay') : '');
    parts.hint.hidden = !player.problem;
    drawn = '';
  }

  /** Drawn again only when something of it would look different. */
  function draw() {
    if (!parts || !player.call || root.hidden || !parts.canvas.clientWidth) return;
    const {duration, peaks, loop} = player, scale = parts.canvas.clientWidth / (duration || 1);
    const played = Math.round(player.time * scale), span = drag?.span || loop;
    const key = `${player.recording.id} ${played} ${Boolean(peaks)} ${span} ${parts.canvas.clientWidth} ${parts.canvas.clientHeight} ${duration}`;
    if (key === drawn) return;
    drawn = key;
    colours ||= coloursOf(root);
    const {context, width, height} = fitCanvas(parts.canvas);
    if (span) shadeSpan(context, span[0] * scale, span[1] * scale, height);
    if (peaks) drawPeaks(context, width, height, played);
    if (player.skips) dim(context, scale, height);
    for (const note of player.notes) if (note.recording === player.recording.id) pin(context, note.at_s * scale);
    context.fillStyle = colours.ink;
    context.fillRect(Math.min(played, width - 1.5), 0, 1.5, height);
  }

  function drawPeaks(context, width, height, played) {
    const {peaks} = player, count = Math.min(2, peaks.channels.length), room = height / count;
    for (let channel = 0; channel < count; channel++) {
      drawChannel(context, {peaks, channel, from: 0, to: player.duration, x0: 0, x1: width, y: room * (channel + 0.5), half: room / 2 - 2, colour: colours.channels[channel], played});
    }
    for (const {from_s, to_s} of player.recording.muted) {
      context.fillStyle = colours.soft;
      context.fillRect((from_s / player.duration) * width, 0, (((to_s ?? player.duration) - from_s) / player.duration) * width, height);
    }
  }

  function shadeSpan(context, x0, x1, height) {
    context.fillStyle = colours.loop;
    context.fillRect(x0, 0, x1 - x0, height);
    context.fillStyle = colours.edge;
    for (const x of [x0, x1 - 1.5]) context.fillRect(x, 0, 1.5, height);
  }

  function dim(context, scale, height) {
    context.fillStyle = colours.line;
    for (const [from, to] of player.silences) context.fillRect(from * scale, height / 2 - 0.75, (to - from) * scale, 1.5);
  }

  function pin(context, x) {
    context.fillStyle = colours.ink;
    context.beginPath();
    context.moveTo(x - 4, 0);
    context.lineTo(x + 4, 0);
    context.lineTo(x, 6);
    context.fill();
  }

  /** A click goes there, a drag repeats what it spans. */
  function listenToDrags(wave) {
    const secondsAt = (event) => {
      const box = parts.canvas.getBoundingClientRect();
      return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * player.duration;
    };
    wave.addEventListener('pointerdown', (event) => {
      if (event.button || !player.call) return;
      wave.setPointerCapture(event.pointerId);
      drag = {x: event.clientX, from: secondsAt(event), span: null};
    });
    wave.addEventListener('pointermove', (event) => {
      if (!drag || (!drag.span && Math.abs(event.clientX - drag.x) < DRAG_PX)) return;
      const to = secondsAt(event);
      drag.span = [Math.min(drag.from, to), Math.max(drag.from, to)];
      draw();
    });
    wave.addEventListener('pointerup', (event) => {
      const done = drag;
      drag = null;
      if (!done) return;
      if (done.span) player.setLoop(done.span);
      else { if (player.loop) player.setLoop(null); player.seek(secondsAt(event)); }
    });
    wave.addEventListener('pointercancel', () => { drag = null; draw(); });
  }

  return {build, paint};
}
