// One `<audio>` and what is done to it: speed without pitch, one channel alone, spans that are left out or repeated. Knows no page.

import {audioAddress} from '../api.js';

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];

/** `on`: {time(), state(), ended(), failed()}. `time` comes with every frame while it plays. */
export function makeSound(on) {
  const audio = new Audio();
  audio.preload = 'auto';
  audio.preservesPitch = true;
  let graph = null, solo = 'both', silences = [], loop = null, skips = false, frame = 0;

  for (const name of ['play', 'pause', 'waiting', 'playing', 'loadedmetadata', 'ratechange']) audio.addEventListener(name, on.state);
  audio.addEventListener('seeked', on.time);
  audio.addEventListener('ended', on.ended);
  audio.addEventListener('error', () => { if (audio.getAttribute('src')) on.failed(audio.error); });
  audio.addEventListener('play', () => { frame ||= requestAnimationFrame(tick); });

  /** While it plays: once a frame, and each quarter of a second where no frames are drawn. */
  function tick() {
    frame = 0;
    leap();
    on.time();
    if (!audio.paused && !audio.ended) frame = requestAnimationFrame(tick);
  }
  audio.addEventListener('timeupdate', () => { if (document.hidden) { leap(); on.time(); } });

  function leap() {
    const now = audio.currentTime;
    if (audio.seeking) return;
    if (loop && (now >= loop[1] || now < loop[0] - 0.3)) { audio.currentTime = loop[0]; return; }
    if (!skips) return;
    const span = silences.find(([from, to]) => now > from + 0.25 && now < to - 0.4);
    if (span && !(loop && span[1] > loop[1])) audio.currentTime = span[1] - 0.2;
  }

  function load(fileId, at = 0) {
    loop = null;
    silences = [];
    const {playbackRate} = audio;
    audio.src = audioAddress(fileId);
    audio.defaultPlaybackRate = audio.playbackRate = playbackRate;
    if (at) audio.currentTime = at;
  }

  function connect() {
    const context = new AudioContext();
    const source = context.createMediaElementSource(audio), splitter = context.createChannelSplitter(2), merger = context.createChannelMerger(2);
    const gains = [0, 1].map((input) => [0, 1].map((output) => {
      const gain = context.createGain();
      splitter.connect(gain, input);
      gain.connect(merger, 0, output);
      return gain;
    }));
    source.connect(splitter);
    merger.connect(context.destination);
    return {context, gains};
  }

  return {
    audio, load,
    play() { graph?.context.resume(); return audio.play().catch((error) => { if (error.name !== 'AbortError') on.state(); }); },
    pause() { audio.pause(); },
    stop() { audio.pause(); audio.removeAttribute('src'); audio.load(); },
    seek(at) { audio.currentTime = Math.max(0, Math.min(at, Number.isFinite(audio.duration) ? audio.duration - 0.05 : at)); on.time(); },
    get solo() { return solo; },
    /** 0, 1 or 'both': a channel alone is heard in both ears. Only then does the sound go through WebAudio. */
    set solo(wanted) {
      solo = wanted;
      if (!graph && wanted === 'both') return;
      graph ||= connect();
      graph.context.resume();
      graph.gains.forEach((outputs, input) => outputs.forEach((gain, output) => { gain.gain.value = wanted === 'both' ? Number(input === output) : Number(input === wanted); }));
    },
    get loop() { return loop; },
    set loop(span) { loop = span; if (span && (audio.currentTime < span[0] || audio.currentTime > span[1])) audio.currentTime = span[0]; },
    get skips() { return skips; },
    set skips(wanted) { skips = wanted; },
    set silences(spans) { silences = spans; },
    get silences() { return silences; },
    get speed() { return audio.playbackRate; },
    set speed(wanted) { audio.defaultPlaybackRate = audio.playbackRate = wanted; },
  };
}
