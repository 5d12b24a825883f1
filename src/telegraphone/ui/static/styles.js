// A view's own styles: fetched with it, and there before it is painted.

const asked = new Map();

/** Resolves when this stylesheet, named by its way from here, is in force. */
export function styles(name) {
  if (!asked.has(name)) {
    asked.set(name, new Promise((done) => {
      const link = Object.assign(document.createElement('link'), {rel: 'stylesheet', href: new URL(name, import.meta.url).href, onload: done, onerror: done});
      document.head.append(link);
    }));
  }
  return asked.get(name);
}
