// What happens while one looks: calls of the list that change are shown as they are now, others are announced.

const KINDS = ['call.started', 'call.ended', 'call.changed', 'recording.available', 'recording.missing'];
const PATIENCE_MS = 1500;

/** `on`: {knows(id), changed(call), others()}; what comes at once is asked once. Returns what ends it. */
export function watch(app, on) {
  const waiting = new Set();
  let stream = null, last = '', later = 0, hasOthers = false;

  /** Only while one looks: a browser has six connections to a server for all of its tabs. What was missed is told then. */
  function follow() {
    stream?.close();
    stream = document.hidden ? null : new EventSource(`/api/v1/changes${app.query({kinds: KINDS.join(), after: last})}`);
    for (const kind of KINDS) stream?.addEventListener(kind, hear);
  }

  function hear(event) {
    last = event.lastEventId;
    const {call} = JSON.parse(event.data);
    if (!call) return;
    if (on.knows(call)) waiting.add(call);
    else if (event.type !== 'recording.missing') hasOthers = true;
    later ||= setTimeout(tell, PATIENCE_MS);
  }

  async function tell() {
    later = 0;
    const ids = [...waiting].slice(0, 20);
    waiting.clear();
    if (hasOthers) on.others();
    hasOthers = false;
    for (const id of ids) {
      const call = await app.api(`/calls/${id}`).catch(() => null);
      if (call) on.changed(call);
    }
  }

  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    stream?.close();
    clearTimeout(later);
  };
}
