// What a search finds, page by page; only the last question counts.

/** Pages get longer the further one reads. */
const SHORT_PAGE = 60;
const PAGE = 200;
const LOADING_MS = 150, SLOW_MS = 1000;
/** After so long results are looked at: nobody is typing any more. */
const SETTLED_MS = 250;

/**
 * `on`: {room(), found(items, ended), settled(), more(items, ended), counted(n, exact, compared), state(word, problem)}. States: asked, loading,
 * slow, ready, failed, failed-more. The first page has as many calls as there is room for: each key that is typed asks for one.
 */
export function makeResults(app, on) {
  let parameters = {}, next = null, asking = null, isMore = false, settling = 0, known = 0;

  async function search(wanted) {
    parameters = wanted;
    asking?.abort();
    clearTimeout(settling);
    const mine = (asking = new AbortController());
    isMore = false;
    next = null;  // nothing follows what is not known yet
    on.state('asked');
    const loading = setTimeout(() => on.state('loading'), LOADING_MS), slow = setTimeout(() => on.state('slow'), SLOW_MS);
    try {
      const page = await ask({limit: parameters.order ? PAGE : on.room()}, mine.signal);
      next = page.next;
      known = page.items.length;
      on.found(page.items, next === null);
      on.state('ready');
      on.counted(known, next === null, page.compared);
      settling = setTimeout(() => settle(mine.signal), SETTLED_MS);
    } catch (problem) {
      if (problem.name !== 'AbortError') on.state('failed', problem);
    } finally {
      clearTimeout(loading);
      clearTimeout(slow);
    }
  }

  function settle(signal) {
    if (next !== null) count(signal);
    on.settled();
  }

  async function more() {
    if (isMore || next === null) return;
    isMore = true;
    const {signal} = asking;
    try {
      const page = await ask({limit: Math.min(PAGE, Math.max(SHORT_PAGE, known)), cursor: next}, signal);
      next = page.next;
      known += page.items.length;
      isMore = false;
      on.more(page.items, next === null);
    } catch (problem) {
      if (problem.name === 'AbortError') return;
      on.state('failed-more', problem);
    }
  }

  async function count(signal) {
    try {
      const page = await ask({limit: 1, count: true}, signal);
      on.counted(page.count, page.count_is_exact);
    } catch { /* a number that is not known is not shown */ }
  }

  function ask(extra, signal) {
    return app.api(`/calls${app.query({...parameters, ...extra})}`, {signal});
  }

  return {
    search, more, again: () => search(parameters),
    retryMore() { isMore = false; return more(); },
    get parameters() { return parameters; },
    end() { asking?.abort(); clearTimeout(settling); },
  };
}
