// Notes on a call, pinned to moments, and the mark that somebody has reviewed it.

import {fill, h, icon, mark} from '../dom.js';
import * as format from '../format.js';
import {t} from '../texts/texts.js';

/** `on`: {changed(notes), seek(note), moment() → {recording, at_s} or null}. */
export function makeNotes(app, callId, on) {
  const list = h('ul', {class: 'notes'}), wrong = h('p', {class: 'wrong', role: 'alert'});
  const text = h('input', {type: 'text', maxlength: 4000, 'aria-label': t('writeNote'), placeholder: t('writeNote')});
  const at = h('span', {class: 'at'});
  const form = h('form', {class: 'write', onsubmit: add}, at, text, h('button', {type: 'submit'}, t('save')));
  const root = h('section', {class: 'part'}, h('h3', {}, t('notes')), list, app.can('attach') ? form : null, wrong);
  let notes = [], moment = null;
  text.addEventListener('focus', () => {
    if (text.value.trim()) return;  // what was begun belongs to the moment at which it was
    moment = on.moment();
    paintMoment();
  });

  function paintMoment() {
    fill(at, moment ? h('button', {type: 'button', class: 'plain', title: t('unpin'), onclick: () => { moment = null; paintMoment(); }}, format.duration(Math.floor(moment.at_s)), icon('close')) : null);
  }

  async function load() {
    try {
      notes = (await app.api(`/calls/${callId}/notes`)).items;
    } catch (problem) {
      if (problem.status !== 404) fill(wrong, problem.message);
    }
    paint();
  }

  function paint() {
    notes.sort((a, b) => (a.at_s ?? Infinity) - (b.at_s ?? Infinity) || a.id - b.id);
    fill(list, notes.length ? notes.map(line) : h('li', {class: 'quiet'}, t('noNotes')));
    on.changed(notes);
  }

  function line(note) {
    const mine = note.author === app.me.name || app.can('admin');
    return h('li', {}, note.at_s === null ? h('span', {class: 'time'}) : h('button', {type: 'button', class: 'plain time', onclick: () => on.seek(note)}, format.duration(Math.floor(note.at_s))),
      h('div', {class: 'said'}, mine ? h('button', {type: 'button', class: 'plain text', title: t('edit'), onclick: (event) => edit(event.currentTarget, note)}, note.text) : h('span', {}, note.text),
        h('span', {class: 'quiet'}, `${note.author}, ${format.dayOf(note.written_at)} ${format.shortClock(note.written_at)}`)),
      mine ? h('button', {type: 'button', class: 'plain', 'aria-label': t('remove'), onclick: () => remove(note)}, icon('trash')) : null);
  }

  function edit(button, note) {
    const input = h('input', {type: 'text', value: note.text, maxlength: 4000, 'aria-label': t('edit')});
    const form = h('form', {onsubmit: (event) => { event.preventDefault(); put(note, input.value.trim()); }}, input);
    input.addEventListener('keydown', (event) => { if (event.key === 'Escape') { event.stopPropagation(); paint(); } });
    input.addEventListener('blur', () => form.isConnected && put(note, input.value.trim()));
    button.replaceWith(form);
    input.focus();
  }

  async function put(note, wanted) {
    if (!wanted || wanted === note.text) return paint();
    await guarded(async () => {
      const changed = await app.api(`/calls/${callId}/notes/${note.id}`, {method: 'PUT', body: {text: wanted, recording: note.recording, at_s: note.at_s, updated_at: note.updated_at}});
      notes = notes.map((one) => (one.id === note.id ? changed : one));
    });
    paint();
  }

  async function add(event) {
    event.preventDefault();
    if (!text.value.trim()) return;
    await guarded(async () => {
      notes.push(await app.api(`/calls/${callId}/notes`, {method: 'POST', body: {text: text.value.trim(), recording: moment?.recording ?? null, at_s: moment?.at_s ?? null}}));
      text.value = '';
      text.blur();  // keys are the player's again, and the next note has a moment of its own
      moment = null;
      paintMoment();
    });
    paint();
  }

  async function remove(note) {
    await guarded(async () => {
      await app.api(`/calls/${callId}/notes/${note.id}`, {method: 'DELETE'});
      notes = notes.filter((one) => one.id !== note.id);
      app.toast(t('noteRemoved'), {label: t('undo'), act: () => guarded(async () => {
        notes.push(await app.api(`/calls/${callId}/notes`, {method: 'POST', body: {text: note.text, recording: note.recording, at_s: note.at_s}}));
        paint();
      })});
    });
    paint();
  }

  async function guarded(act) {
    fill(wrong);
    try {
      await act();
    } catch (problem) {
      fill(wrong, problem.status === 409 ? t('changedMeanwhile') : problem.message || t('unreachable'));
      if (problem.status === 409) await load();
    }
  }

  load();
  return {root, focus() { text.focus(); }, get notes() { return notes; }};
}

/** The button that says who reviewed the call, and puts or takes the mark. */
export function makeReview(app, call, changed) {
  const button = h('button', {type: 'button', class: 'review', disabled: !app.can('attach'), onclick: toggle});
  let review = call.review ?? null;

  function paint() {
    mark(button, 'aria-pressed', String(Boolean(review)));
    mark(button, 'title', review ? `${review.reviewer} ${format.full(review.reviewed_at)}` : null);
    fill(button, icon('check'), review ? t('reviewedBy', {who: review.reviewer}) : t('markReviewed'));
  }

  async function toggle() {
    button.disabled = true;
    try {
      review = review ? await app.api(`/calls/${call.id}/review`, {method: 'DELETE'}) : await app.api(`/calls/${call.id}/review`, {method: 'PUT', body: {}});
      changed(review);
    } catch (problem) {
      app.toast(problem.message || t('unreachable'));
    }
    button.disabled = false;
    paint();
  }

  paint();
  return button;
}
