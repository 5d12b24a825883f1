// Elements. Whatever comes from the server goes through here as text: there is no way to put markup into the page.

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `h('button', {class: 'plain', onclick}, 'text', child, [more])`. Null, undefined and false are left out. */
export function h(tag, props, ...children) {
  return filled(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'selected', 'indeterminate']);

function filled(element, props, children) {
  for (const [name, value] of Object.entries(props || {})) put(element, name, value);
  element.append(...texts(children));
  return element;
}

function put(element, name, value) {
  if (value === undefined || value === null || (value === false && !PROPERTIES.has(name))) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'data') Object.assign(element.dataset, value);
  else if (name === 'css') for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? '' : value);
}

function texts(children) {
  return children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false);
}

/** Put these in the place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...texts(children));
  return element;
}

/** Set an attribute only where it changes: the browser then has nothing to lay out. */
export function mark(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = {
  play: 'M7 4.500v15l12-7.500z', pause: 'M7 5h3.500v14H7zM13.5 5H17v14h-3.500z', next: 'M5 5v14l9-7zM16 5h3v14h-3z', back: 'M15 5l-7 7 7 7',
  incoming: 'M18 6L7 17M7 9v8h8', outgoing: 'M6 18L17 7M9 7h8v8', internal: 'M5 9h13M15 6l3 3-3 3M19 15H6M9 12l-3 3 3 3',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1', down: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  close: 'M6 6l12 12M18 6L6 18', check: 'M5 12.500l5 5L19 7', more: 'M6 9l6 6 6-6', loop: 'M17 4l3 3-3 3M4 11V9a2 2 0 0 1 2-2h14M7 20l-3-3 3-3M20 13v2a2 2 0 0 1-2 2H4',
  follow: 'M4 6h12M4 11h9M4 16h6M14 13l6 4-6 4z', skip: 'M4 9v6M7 6v12M17 6v12M20 9v6M10 12h4M12.500 10l2 2-2 2', search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5', sliders: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  columns: 'M4 5h16v14H4zM10 5v14M15 5v14', star: 'M12 4l2.4 5.2 5.6.7-4.1 3.9 1.1 5.6-5-2.8-5 2.8 1.1-5.600L4 9.900l5.6-.700z', note: 'M5 5h14v10l-4 4H5zM15 19v-4h4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c.5-4 4-6 8-6s7.5 2 8 6', keys: 'M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8', trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  warn: 'M12 4l9 16H3zM12 10v4M12 17h.01', rewind: 'M11 12l8-6v12zM3 12l8-6v12z', dot: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z', hold: 'M9 6v12M15 6v12', plus: 'M12 5v14M5 12h14',
};

/** A picture of 16 pixels; it tells nothing that is not told in words. */
export function icon(name) {
  return s('svg', {viewBox: '0 0 24 24', class: `icon i-${name}`, 'aria-hidden': 'true'}, s('path', {d: ICONS[name]}));
}
