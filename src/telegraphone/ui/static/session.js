// Who is here: signing in and out.

import {api, query} from './api.js';
import {fill, h, icon, say} from './dom.js';
import {t} from './texts/texts.js';

/** Who is signed in: {name, full_name, profile, rights, language}, or null. */
export async function whoAmI() {
  try {
    return await api('/session', {keepSession: true});
  } catch (problem) {
    if (problem.status === 401) return null;
    throw problem;
  }
}

export async function signOut() {
  await api('/session', {method: 'DELETE', keepSession: true}).catch(() => {});
}

/** Show the form in `root`; `entered(me)` is called once somebody is in. `note`: why one is asked again. */
export function showSignIn(root, entered, note = '') {
  const name = h('input', {id: 'name', name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true});
  const password = h('input', {id: 'password', name: 'password', type: 'password', autocomplete: 'current-password', required: true});
  const wrong = h('p', {class: 'wrong', role: 'alert'});
  const button = h('button', {class: 'primary', type: 'submit'}, t('signIn'));
  const form = h('form', {class: 'sign-in', method: 'post', onsubmit: submit},
    h('h1', {}, brand(), 'Telegraphone'), h('p', {class: 'lead', role: note ? 'alert' : null}, note || t('signInLead')),
    h('label', {for: 'name'}, t('name')), name, h('label', {for: 'password'}, t('password')), password, wrong, button);
  fill(root, form);
  name.focus();
  offerOtherWay(form);

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    say(wrong, '');
    try {
      entered(await enter(name.value, password.value));
    } catch (problem) {
      say(wrong, reason(problem));
      password.select();
    }
    button.disabled = false;
  }
}

/** Where another server knows the people, a link to it; it leads back to this view. */
async function offerOtherWay(form) {
  const ways = await api('/session/ways', {keepSession: true}).catch(() => null);
  if (ways?.openid) form.append(h('a', {class: 'button', href: `${ways.openid}${query({next: location.pathname + location.search})}`}, t('signInElsewhere')));
}

function brand() {
  return h('span', {class: 'mark', 'aria-hidden': 'true'}, icon('loop'));
}

function enter(name, password) {
  return api('/session', {method: 'POST', body: {name, password}, keepSession: true});
}

function reason(problem) {
  if (problem.status === 429) return t('tooMany');
  if (problem.status === 401 || problem.status === 400) return t('wrongPassword');
  return problem.status ? problem.message : t('unreachable');
}
