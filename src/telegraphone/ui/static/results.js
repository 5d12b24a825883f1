// What a search finds, page by page; only the last question counts.

const FIRST_PAGE = 60;
const PAGE = 200;
const SLOW_MS = 1000;

/** `on`: {found(items, ended), more(items, ended), counted(n, exact, compared), state(word, problem)}; states: loading, slow, ready, failed. */
export function makeResults(app, on) {
  let parameters = {}, next = null, asking = null, isMore = false, counting = 0;

  async function search(wanted) {
    parameters = wanted;
    asking?.abort();
    clearTimeout(counting);
    const mine = (asking = new AbortController());
    isMore = false;
    on.state('loading');
    const slow = setTimeout(() => on.state('slow'), SLOW_MS);
    try {
      const page = await ask({limit: parameters.order ? PAGE : FIRST_PAGE}, mine.signal);
      next = page.next;
      on.found(page.items, next === null);
      on.state('ready');
      if (next === null) on.counted(page.items.length, true, page.compared);
      else counting = setTimeout(() => count(mine.signal), 250);
    } catch (problem) {
      if (problem.name !== 'AbortError') on.state('failed', problem);
    } finally {
      clearTimeout(slow);
    }
  }

  async function more() {
    if (isMore || next === null) return;
    isMore = true;
    const {signal} = asking;
    try {
      const page = await ask({limit: PAGE, cursor: next}, signal);
      next = page.next;
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
    end() { asking?.abort(); clearTimeout(counting); },
  };
}
