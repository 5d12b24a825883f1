// Peaks: asked once for a recording, drawn, and read for silence.

const MOST_KEPT = 60;
const QUIET = 0.05;
const SILENCE_S = 1.2;
const known = new Map();

/** {step_s, channels, loudest} of a recording, or null where there are none. */
export function peaksOf(app, fileId) {
  if (!known.has(fileId)) {
    if (known.size >= MOST_KEPT) known.delete(known.keys().next().value);
    known.set(fileId, app.api(`/recordings/${encodeURIComponent(fileId)}/peaks`).then(withLoudest, (problem) => {
      if (problem.status !== 404) known.delete(fileId);
      return null;
    }));
  }
  return known.get(fileId);
}

function withLoudest(peaks) {
  return {...peaks, loudest: Math.max(1, ...peaks.channels.map((one) => one.reduce((a, b) => Math.max(a, b), 0)))};
}

/** Spans [from, to] in seconds in which nobody speaks on any channel. */
export function silencesOf(peaks) {
  const limit = peaks.loudest * QUIET, spans = [];
  const length = Math.max(...peaks.channels.map((one) => one.length));
  let since = -1;
  for (let place = 0; place <= length; place++) {
    const quiet = place < length && peaks.channels.every((one) => (one[place] || 0) <= limit);
    if (quiet && since < 0) since = place;
    if (!quiet && since >= 0) {
      if ((place - since) * peaks.step_s >= SILENCE_S) spans.push([since * peaks.step_s, place * peaks.step_s]);
      since = -1;
    }
  }
  return spans;
}

/** The colours of the moment, from the style sheet. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(name).trim();
  return {channels: [of('--copper-2'), of('--steel-2')], line: of('--line-2'), ink: of('--ink'), loop: of('--steel-soft'), edge: of('--steel'), soft: of('--line'), raised: of('--raised')};
}

/** A canvas as sharp as the screen: {context, width, height} in CSS pixels. */
export function fitCanvas(canvas) {
  const {clientWidth: width, clientHeight: height} = canvas, ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return {context, width, height};
}

/** One channel from x0 to x1 around the line y: `from` and `to` are seconds; what is after `played` (pixels) is pale. */
export function drawChannel(context, {peaks, channel, from, to, x0, x1, y, half, colour, played}) {
  const values = peaks.channels[channel], perPixel = (to - from) / Math.max(1, x1 - x0) / peaks.step_s;
  context.fillStyle = colour;
  for (let x = Math.floor(x0); x < x1; x += 2) {
    const first = Math.floor(from / peaks.step_s + (x - x0) * perPixel), last = Math.max(first + 1, Math.ceil(from / peaks.step_s + (x + 2 - x0) * perPixel));
    let loudest = 0;
    for (let place = Math.max(0, first); place < last && place < values.length; place++) loudest = Math.max(loudest, values[place]);
    const height = loudest ? Math.max(0.75, (loudest / peaks.loudest) ** 0.7 * half) : 0.5;
    context.globalAlpha = x < played ? 1 : 0.42;
    context.fillRect(x, y - height, 1.4, height * 2);
  }
  context.globalAlpha = 1;
}
