// What happens while one looks: calls of the list that change are shown as they are now, others are announced.

const KINDS = ['call.started', 'call.ended', 'call.changed', 'recording.available', 'recording.missing'];
const PATIENCE_MS = 1500;

/** `on`: {knows(id), changed(call), others()}; what comes at once is asked once. Returns what ends it. */
export function watch(app, on) {
  const stream = new EventSource(`/api/v1/changes?kinds=${KINDS.join()}`);
  const waiting = new Set();
  let later = 0, hasOthers = false;
  for (const kind of KINDS) stream.addEventListener(kind, hear);

  function hear(event) {
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

  return () => { stream.close(); clearTimeout(later); };
}
