// What is heard, in whatever view one is: which call, which of its recordings, and what comes after it.

import {query} from '../api.js';
import {makeBar} from './bar.js';
import {audible, audibles, callerOf} from '../calls/call_words.js';
import * as format from '../format.js';
import {keep, kept} from '../kept.js';
import {SPEEDS, makeSound} from './sound.js';
import {t} from '../texts/texts.js';
import {peaksOf, silencesOf} from './wave.js';

export function makePlayer(app, root) {
  const listeners = new Set();
  const sound = makeSound({time: () => tell('time'), state: () => tell('state'), ended, failed});
  const taste = kept('listening', {speed: 1, skips: false, follows: true});
  const player = {
    call: null, recording: null, peaks: null, problem: null, queue: [], notes: [], follows: taste.follows,
    get time() { return sound.audio.currentTime; },
    get duration() { return Number.isFinite(sound.audio.duration) && sound.audio.duration > 0 ? sound.audio.duration : player.recording?.duration_s || 0; },
    get isPlaying() { return Boolean(player.call) && !sound.audio.paused; },
    get isWaiting() { return !sound.audio.paused && sound.audio.readyState < 3; },
    get speed() { return sound.speed; },
    get skips() { return sound.skips; },
    get loop() { return sound.loop; },
    get silences() { return sound.silences; },
    get soloed() { return sound.solo; },
    play, toggle, stop, move, seek, listen, know, next, faster, setSpeed, toggleSkip, toggleFollow, solo, setLoop, loopHere, copyLink, linkAt, paint, showNotes,
  };
  const bar = makeBar(app, player, root);
  sound.speed = taste.speed;
  sound.skips = taste.skips;

  /** Play a call: `recording` its first one that can be heard, `at` from second 0, `paused` only loaded; `from` the list that goes on after it. */
  function play(call, {recording = audible(call), at = 0, paused = false, from = null} = {}) {
    if (!recording) return;
    const previous = player.call;
    Object.assign(player, {call, recording, peaks: null, problem: null, notes: call.id === previous?.id ? player.notes : [], queue: from?.items || player.queue});
    root.hidden = false;
    tell('call');
    peaksOf(app, recording.id).then((peaks) => {
      if (player.recording !== recording) return;
      player.peaks = peaks;
      if (peaks) sound.silences = silencesOf(peaks);
      tell('peaks');
    });
    sound.load(recording.id, at);
    if (!paused) sound.play();
    tellSystem();
  }

  function toggle() {
    if (!player.call) return;
    if (player.problem) play(player.call, {recording: player.recording, at: player.time});
    else if (sound.audio.paused) sound.play();
    else sound.pause();
  }

  function stop() {
    sound.stop();
    Object.assign(player, {call: null, recording: null, peaks: null});
    root.hidden = true;
    tell('call');
  }

  function seek(at) {
    if (player.call) sound.seek(at);
  }

  function move(by) {
    seek(player.time + by);
  }

  function ended() {
    if (!next(true)) tell('state');
  }

  /** What follows: the call's next recording, then the next call of the list that has one. `byItself`: only if that is wanted. */
  function next(byItself = false) {
    if (!player.call) return false;
    const more = audibles(player.call), later = more[more.findIndex((one) => one.id === player.recording.id) + 1];
    if (later) { play(player.call, {recording: later}); return true; }
    if (byItself && !player.follows) return false;
    const place = player.queue.findIndex((one) => one.id === player.call.id);
    const following = place >= 0 && player.queue.slice(place + 1).find(audible);
    if (!following) return false;
    const before = player.call;
    play(following);
    tell('follow', before);
    return true;
  }

  /** Another list: what is playing goes on in it, if it is there. */
  function know(list) {
    if (player.call && list.items.some((one) => one.id === player.call.id)) player.queue = list.items;
    tell('time');
  }

  function faster(steps) {
    const place = SPEEDS.findIndex((one) => one >= sound.speed);
    setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, place + steps))]);
  }

  function setSpeed(speed) {
    sound.speed = speed;
    keepTaste();
  }

  function toggleSkip() {
    sound.skips = !sound.skips;
    keepTaste();
  }

  function toggleFollow() {
    player.follows = !player.follows;
    keepTaste();
  }

  function keepTaste() {
    keep('listening', {speed: sound.speed, skips: sound.skips, follows: player.follows});
    tell('state');
  }

  function solo(channel) {
    if (channel !== 'both' && (player.peaks?.channels.length || player.recording?.channels) !== 2) return;
    sound.solo = sound.solo === channel ? 'both' : channel;
    tell('state');
  }

  function setLoop(span) {
    sound.loop = span;
    tell('state');
  }

  /** Repeat the last five seconds, or no more. */
  function loopHere() {
    if (!player.call) return;
    setLoop(sound.loop ? null : [Math.max(0, player.time - 5), Math.max(1, player.time)]);
  }

  function failed(problem) {
    player.problem = problem || new Error();
    tell('state');
  }

  function showNotes(callId, notes) {
    if (String(player.call?.id) !== String(callId)) return;
    player.notes = notes;
    tell('peaks');
  }

  /** The address of this moment, for somebody else. */
  function linkAt(call, recording, at) {
    const first = audible(call);
    return `${location.origin}/${query({call: call.id, t: at ? Math.floor(at) : null, rec: recording && first && recording.id !== first.id ? recording.id : null})}`;
  }

  async function copyLink() {
    if (!player.call) return;
    await copy(app, linkAt(player.call, player.recording, player.time), t('copiedAt', {at: format.duration(Math.floor(player.time))}));
  }

  function listen(hear) {
    listeners.add(hear);
    hear(stateOf(), 'call');
    return () => listeners.delete(hear);
  }

  const stateOf = () => (player.call ? {call: player.call.id, paused: !player.isPlaying, part: player.duration ? player.time / player.duration : 0} : null);

  function tell(what, more) {
    bar.paint(what);
    const state = stateOf();
    for (const hear of listeners) hear(state, what, more);
  }

  function paint() {
    bar.build();
    tell('call');
  }

  /** The keys of a keyboard or headset, and the lock screen. */
  function tellSystem() {
    if (!navigator.mediaSession || !player.call) return;
    navigator.mediaSession.metadata = new MediaMetadata({title: callerOf(player.call).filter(Boolean).join(' '), artist: 'Telegraphone'});
    const actions = {play: toggle, pause: toggle, seekbackward: () => move(-5), seekforward: () => move(5), nexttrack: () => next()};
    for (const [name, act] of Object.entries(actions)) navigator.mediaSession.setActionHandler(name, act);
  }

  return player;
}

/** Put a text onto the clipboard; without the right to, show it for copying by hand. */
export async function copy(app, text, told) {
  try {
    await navigator.clipboard.writeText(text);
    app.toast(told);
  } catch {
    app.toast(text);
  }
}
