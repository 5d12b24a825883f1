// The calls.

import {fill, h} from './dom.js';

export function show(root) {
  fill(root, h('p', {class: 'empty'}, h('a', {href: '/api/docs'}, '/api/docs')));
  return () => {};
}
