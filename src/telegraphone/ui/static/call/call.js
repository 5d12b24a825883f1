// One call: its head, its timeline, and what people know and say about it.

import {makeAttached} from './attached.js';
import {idsOf, listenersOf, othersOf, stepsIn} from './beside.js';
import {audible, audibles, callerOf, dialledOf, queuesOf, talkersOf, toneOf} from '../calls/call_words.js';
import {placeOf} from './course.js';
import {fill, h, icon, mark} from '../dom.js';
import * as format from '../format.js';
import {makeNotes, makeReview} from './notes.js';
import {copy} from '../player/player.js';
import {format as written} from '../calls/query.js';
import {styles} from '../styles.js';
import {plural, t} from '../texts/texts.js';
import {makeTimeline} from './timeline.js';

await styles('call/call.css');

export function show(root, params, app) {
  const asked = new AbortController();
  let call = null, timeline = null, notes = null, forget = () => {};
  fill(root, h('div', {class: 'call'}, closer(), h('div', {class: 'bones', 'aria-hidden': 'true'}, h('i', {}), h('i', {}), h('i', {}))));
  load();

  async function load() {
    try {
      call = await app.api(`/calls/${encodeURIComponent(params.call)}`, {signal: asked.signal});
      paint();
      if (params.t !== undefined) goTo(params);
    } catch (problem) {
      if (problem.name !== 'AbortError') fill(root, h('div', {class: 'call'}, closer(), app.explain(problem, load)));
      if (!problem.status && problem.name !== 'AbortError') console.error(problem);
    }
  }

  function paint() {
    timeline?.end();
    timeline = makeTimeline(app, {seek: listen});
    notes = makeNotes(app, call.id, {
      changed: (all) => { timeline.show(call, all); app.player.showNotes(call.id, all); },
      seek: (note) => listen(call.recordings.find((one) => one.id === note.recording) || audible(call), note.at_s),
      moment: () => (app.player.call?.id === call.id ? {recording: app.player.recording.id, at_s: Math.round(app.player.time * 10) / 10} : null),
    });
    fill(root, h('article', {class: 'call'}, head(), h('section', {class: 'part course'}, timeline.root, facts()), notes.root,
      makeAttached(app, call, {changed: (data) => { call = {...call, attached_data: data}; app.changedCall?.(call); }, search: (key, value) => app.go({q: written({key, value})})}),
      othersOf(app, call, open), stepsIn(call, seekCall), listenersOf(app, call), idsOf(call)));
    timeline.show(call, []);
    forget();
    forget = app.player.listen((state) => timeline.showPlaying(state && state.call === call.id ? {recording: app.player.recording.id, at: app.player.time} : null));
    app.keys.add({note: () => notes.focus()});
  }

  function head() {
    const caller = callerOf(call), other = talkersOf(call).at(-1) || dialledOf(call)[0];
    return h('header', {class: 'call-head'}, closer(),
      h('div', {class: 'call-title'}, h('h2', {}, icon(call.direction), h('span', {class: 'away'}, t(call.direction)), h('span', {class: 'copper'}, caller[0]), ' → ', h('span', {class: 'steel'}, other)),
        h('p', {class: 'quiet'}, h('time', {datetime: call.started_at}, format.full(call.started_at)), caller[1] ? ` · ${caller[1]}` : null)),
      h('div', {class: 'call-keys'}, playButtons(), h('button', {type: 'button', onclick: copyCall, title: t('copyCall')}, icon('link'), t('link')), downloads(),
        makeReview(app, call, (review) => { call = {...call, review}; app.changedCall?.(call); })));
  }

  function facts() {
    const parts = [h('b', {'data-tone': toneOf(call.outcome)}, t(`outcome.${call.outcome}`))];
    if (queuesOf(call).length) parts.push(queuesOf(call).join(', '));
    if (call.wait_s !== null) parts.push(t('waited', {n: format.duration(call.wait_s)}));
    if (call.talk_s !== null) parts.push(t('talked', {n: format.duration(call.talk_s)}));
    if (call.hold_s) parts.push(t('heldFor', {n: format.duration(call.hold_s)}));
    if (call.consultation_of) parts.push(h('a', {href: `/?call=${call.consultation_of}`, onclick: (event) => { event.preventDefault(); open(call.consultation_of); }}, t('consultation')));
    for (const one of call.recordings) for (const flaw of one.flaws) parts.push(h('span', {class: 'badge warn'}, t(`flaw.${flaw}`)));
    return h('p', {class: 'facts'}, parts.map((one) => h('span', {}, one)));
  }

  function playButtons() {
    const all = app.can('listen') ? audibles(call) : [];
    return all.map((one, place) => h('button', {type: 'button', class: place ? '' : 'primary copper', onclick: () => app.player.play(call, {recording: one})}, icon('play'), all.length > 1 ? plural('listenTo', place + 1) : t('listen'), ' ', format.duration(one.duration_s)));
  }

  function downloads() {
    if (!app.can('listen')) return null;
    return audibles(call).map((one) => h('a', {class: 'button', href: `/records/${encodeURIComponent(one.id)}/audio/download`, download: '', title: t('download')}, icon('down'), h('span', {class: 'away'}, t('download'))));
  }

  function closer() {
    return h('button', {type: 'button', class: 'plain shut', 'aria-label': t('close'), onclick: () => app.closePanel()}, icon('close'));
  }

  function copyCall() {
    const mine = app.player.call?.id === call.id && app.player.time > 0;
    copy(app, app.player.linkAt(call, mine ? app.player.recording : null, mine ? app.player.time : 0), mine ? t('copiedAt', {at: format.duration(Math.floor(app.player.time))}) : t('copied'));
  }

  /** Hear a moment of a recording: the player moves there if it has it, and plays from there if not. */
  function listen(recording, at) {
    if (!recording || !app.can('listen')) return;
    if (app.player.recording?.id === recording.id) app.player.seek(at);
    else app.player.play(call, {recording: call.recordings.find((one) => one.id === recording.id), at});
  }

  function seekCall(seconds) {
    const place = placeOf(timeline.course, seconds);
    if (place) listen(place.recording, place.at);
  }

  /** A link to a moment: it waits there, since browsers let nothing sound before somebody touched the page. */
  function goTo({t: at, rec}) {
    const recording = audibles(call).find((one) => one.id === rec) || audible(call), seconds = Number(at);
    if (!recording || !Number.isFinite(seconds) || !app.can('listen')) return;
    if (app.player.recording?.id === recording.id) app.player.seek(seconds);
    else app.player.play(call, {recording, at: seconds, paused: true});
  }

  function open(id) {
    app.go({...app.params(), call: id, t: null, rec: null});
  }

  const end = () => {
    asked.abort();
    timeline?.end();
    forget();
    mark(root, 'data-call', null);
  };
  end.changed = (wanted) => { if (call && wanted.t !== undefined && wanted.t !== params.t) goTo(wanted); params = wanted; };
  return end;
}
