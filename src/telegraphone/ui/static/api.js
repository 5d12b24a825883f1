// The only way to the server: JSON with the session's cookie.

/** What the server refused, as it says it (RFC 9457); status 0: it could not be reached. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || '');
    this.status = status;
    this.title = body.title || '';
    this.errors = body.errors || [];
  }
}

let onSignedOut = () => {};

export function whenSignedOut(tell) { onSignedOut = tell; }

/** Ask `/api/v1` + path: the answer's JSON, or null; throws Problem, and AbortError when `signal` cancelled it. */
export async function api(path, {method = 'GET', body, signal, keepSession} = {}) {
  const response = await reach(`/api/v1${path}`, {method, signal, headers: body === undefined ? {} : {'Content-Type': 'application/json'}, body: body === undefined ? undefined : JSON.stringify(body)});
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401 && !keepSession) onSignedOut();
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

/** The address of a recording's audio, for an `<audio>`. */
export const audioAddress = (fileId) => `/api/v1/recordings/${encodeURIComponent(fileId)}/audio`;

async function reach(address, options) {
  try {
    return await fetch(address, {credentials: 'same-origin', ...options});
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, {title: 'unreachable'});
  }
}

/** Parameters of a URL, without those that are empty. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? `?${new URLSearchParams(given)}` : '';
}
