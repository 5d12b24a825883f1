// The timeline of a call: who rang, waited, spoke, held and was passed on, over the outline of what was recorded.

import {courseOf, placeOf, stepsOf} from './course.js';
import {fill, h, mark, s} from '../dom.js';
import * as format from '../format.js';
import {t} from '../texts/texts.js';
import {coloursOf, drawChannel, fitCanvas, peaksOf} from '../player/wave.js';

const LANE = 22, AXIS = 20, SOUND = 72, SILENT = 28, LEAST_GUTTER = 84, MOST_GUTTER = 148;

/** `on.seek(recording, at)`: somebody pointed at a moment that can be heard. */
export function makeTimeline(app, on) {
  const svg = s('svg', {class: 'lanes', role: 'img', 'aria-label': t('timeline')});
  const canvas = h('canvas', {'aria-hidden': 'true'}), cover = s('svg', {class: 'cover', 'aria-hidden': 'true'});
  const head = h('div', {class: 'playhead', hidden: true}), cursor = h('div', {class: 'cursor', hidden: true});
  const root = h('div', {class: 'timeline'}, svg, h('div', {class: 'sound'}, canvas, cover), head, cursor);
  let call = null, course = null, peaks = new Map(), notes = [], scale = null, playing = null;
  const watcher = new ResizeObserver(() => draw());
  watcher.observe(root);
  const recolour = () => draw();
  addEventListener('theme', recolour);

  root.addEventListener('pointermove', (event) => {
    const at = secondsAt(event);
    cursor.hidden = at === null;
    if (at === null) return;
    cursor.style.transform = `translateX(${scale.x(at)}px)`;
    cursor.dataset.at = format.duration(at);
    mark(root, 'data-heard', placeOf(course, at) !== null);
  });
  root.addEventListener('pointerleave', () => { cursor.hidden = true; });
  root.addEventListener('click', (event) => {
    const at = secondsAt(event), place = at === null ? null : placeOf(course, at);
    if (place) on.seek(place.recording, place.at);
  });

  function secondsAt(event) {
    if (!scale) return null;
    const at = scale.seconds(event.clientX - root.getBoundingClientRect().left);
    return at < 0 || at > course.length ? null : at;
  }

  function show(wanted, itsNotes) {
    call = wanted;
    notes = itsNotes;
    course = courseOf(call);
    for (const one of course.recordings) if (one.state === 'available') know(one);
    draw();
  }

  /** Peaks are asked once for what is shown; who looks at them is in the access log. */
  function know(recording) {
    if (peaks.has(recording.id) || !app.can('listen')) return;
    peaks.set(recording.id, null);
    peaksOf(app, recording.id).then((found) => { peaks.set(recording.id, found); draw(); });
  }

  function draw() {
    const width = root.clientWidth;
    if (!course || !width) return;
    const gutter = Math.round(Math.max(LEAST_GUTTER, Math.min(MOST_GUTTER, width * 0.2))), right = width - 10;
    scale = {x: (at) => gutter + (at / course.length) * (right - gutter), seconds: (x) => ((x - gutter) / (right - gutter)) * course.length, gutter, right};
    const lanes = lanesOf(course), height = AXIS + lanes.length * LANE + 4;
    for (const [name, value] of Object.entries({width, height, viewBox: `0 0 ${width} ${height}`})) mark(svg, name, value);
    fill(svg, axis(height), lanes.map((lane, place) => s('g', {transform: `translate(0 ${AXIS + place * LANE})`}, lane)), course.holds.map((one) => hold(one, height)), course.marks.map((one) => flag(one, height)));
    drawSound(width);
    showPlaying(playing);
  }

  function axis(height) {
    const most = Math.max(2, Math.floor((scale.right - scale.gutter) / 70));
    return stepsOf(course.length, most).map((at) => {
      const x = scale.x(at), isLast = x > scale.right - 40;
      return s('g', {class: 'tick'}, s('line', {x1: x, x2: x, y1: AXIS - 4, y2: height}),
        s('text', {x: isLast ? x - 3 : x + 3, y: 12, 'text-anchor': isLast ? 'end' : 'start'}, format.duration(at)));
    });
  }

  function lanesOf({queues, people, more}) {
    const lanes = [];
    if (queues.length) lanes.push([label(t('lane.queue')), queues.map((one) => bar(one.from, one.to, `queue ${one.outcome}`, one.name, `${one.name}: ${t(`queueOutcome.${one.outcome}`)}, ${format.duration(one.to - one.from)}`))]);
    for (const one of people) {
      const talks = one.from !== null;
      lanes.push([label(one.name, `${one.name} ${one.number} ${one.interface} (${t(`role.${one.role}`)})`), bar(one.rang, talks ? one.from : one.to, 'rang', '', `${t('rang')}, ${format.duration((talks ? one.from : one.to) - one.rang)}`),
        talks ? bar(one.from, one.to, `talk ${one.role}`, '', `${one.name}, ${format.duration(one.to - one.from)}`) : null]);
    }
    if (more) lanes.push([label(t('lane.more', {n: more}))]);
    return lanes.map((one) => one.flat().filter(Boolean));
  }

  function label(text, title = text) {
    const room = Math.floor((scale.gutter - 8) / 7);
    return s('text', {class: 'who', x: 0, y: 15}, text.length > room ? `${text.slice(0, room - 1)}…` : text, s('title', {}, title));
  }

  function bar(from, to, kind, text, title) {
    const x = scale.x(from), width = Math.max(2, scale.x(to) - x), thin = kind === 'rang';
    return s('g', {class: `bar ${kind}`}, s('title', {}, title), s('rect', {x, y: thin ? 9 : 4, width, height: thin ? 4 : 14, rx: thin ? 2 : 3}),
      text && width > text.length * 7 + 8 ? s('text', {x: x + 5, y: 15}, text) : null);
  }

  function hold({from, to}, height) {
    return s('g', {class: 'hold'}, s('title', {}, `${t('held')}, ${format.duration(to - from)}`), s('rect', {x: scale.x(from), y: AXIS, width: Math.max(2, scale.x(to) - scale.x(from)), height: height - AXIS}));
  }

  function flag({at, text, kind}, height) {
    const x = scale.x(at);
    return s('g', {class: 'flag'}, s('title', {}, `${t(`mark.${kind}`)} ${text}`), s('line', {x1: x, x2: x, y1: AXIS, y2: height}), s('text', {x: x > scale.right - 60 ? x - 4 : x + 4, y: AXIS + 8, 'text-anchor': x > scale.right - 60 ? 'end' : 'start'}, text));
  }

  let room = SOUND;

  function drawSound(width) {
    room = course.recordings.some((one) => one.state === 'available') ? SOUND : SILENT;
    canvas.parentNode.style.height = `${room}px`;
    const {context} = fitCanvas(canvas), colours = coloursOf(root);
    for (const one of course.recordings) if (one.state === 'available') drawRecording(context, one, colours);
    for (const [name, value] of Object.entries({width, height: room, viewBox: `0 0 ${width} ${room}`})) mark(cover, name, value);
    fill(cover, s('text', {class: 'who', x: 0, y: 15}, t('lane.recording')), gaps(), notes.map(pin), absent());
  }

  function drawRecording(context, one, colours) {
    const x0 = scale.x(one.from), x1 = scale.x(one.to), found = peaks.get(one.id);
    context.fillStyle = colours.raised;
    context.fillRect(x0, 2, x1 - x0, room - 4);
    if (!found) return;
    const count = Math.min(2, found.channels.length), each = (room - 8) / count;
    for (let channel = 0; channel < count; channel++) {
      drawChannel(context, {peaks: found, channel, from: 0, to: one.duration_s, x0, x1, y: 4 + each * (channel + 0.5), half: each / 2 - 2, colour: colours.channels[channel], played: Infinity});
    }
    context.fillStyle = colours.line;
    for (const span of one.muted) context.fillRect(scale.x(one.from + span.from_s), 2, scale.x(span.to_s ?? one.duration_s) - scale.x(span.from_s), room - 4);
  }

  function gaps() {
    return course.gaps.map(([from, to]) => s('g', {class: 'gap'}, s('title', {}, `${t('notRecorded')}, ${format.duration(to - from)}`),
      s('rect', {x: scale.x(from), y: 2, width: Math.max(2, scale.x(to) - scale.x(from)), height: room - 4})));
  }

  function absent() {
    if (course.recordings.some((one) => one.state === 'available')) return null;
    const state = course.recordings[0]?.state;
    return s('text', {class: 'absent', x: scale.gutter, y: 15}, state ? t('recordingIs', {state: t(`state.${state}`)}) : t('noRecording'));
  }

  function pin(note) {
    const recording = course.recordings.find((one) => one.id === note.recording);
    if (note.at_s === null) return null;
    const x = scale.x((recording ? recording.from : 0) + note.at_s);
    return s('g', {class: 'pin'}, s('title', {}, `${note.author}: ${note.text}`), s('path', {d: `M${x - 5} 0h10v7l-5 6-5-6z`}));
  }

  /** The line that runs while this call is heard. */
  function showPlaying(state) {
    playing = state;
    const recording = state && course?.recordings.find((one) => one.id === state.recording);
    head.hidden = !recording;
    if (recording && scale) head.style.transform = `translateX(${scale.x(recording.from + state.at)}px)`;
  }

  return {root, show, showPlaying, end() { watcher.disconnect(); removeEventListener('theme', recolour); }, get course() { return course; }};
}
