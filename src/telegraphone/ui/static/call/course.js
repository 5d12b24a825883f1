// The course of a call as spans of seconds from its start: what the timeline draws. Nothing here touches the page.

import {agentName, queueName} from '../calls/call_words.js';

const MOST_PEOPLE = 9;

/** {length, queues, people, more, holds, marks, recordings, gaps, waited, answered}; every span is [from, to] in seconds. */
export function courseOf(call, now = Date.now()) {
  const start = Date.parse(call.started_at);
  const at = (moment) => (Date.parse(moment) - start) / 1000;
  const end = call.ended_at ? at(call.ended_at) : Math.max(1, ...call.timeline.map((one) => at(one.at)), call.outcome === 'ongoing' ? (now - start) / 1000 : 0);
  const recordings = call.recordings.map((one) => ({...one, from: one.started_at ? at(one.started_at) : 0, to: (one.started_at ? at(one.started_at) : 0) + (one.duration_s || 0)}));
  for (const one of recordings) placeLate(one, call, at, end);
  const length = Math.max(1, end, ...recordings.map((one) => one.to));
  const people = peopleOf(call, at, end);
  return {
    length, people: people.slice(0, MOST_PEOPLE), more: Math.max(0, people.length - MOST_PEOPLE),
    queues: call.queues.map((one) => ({name: queueName(one), outcome: one.outcome, from: at(one.entered_at), to: at(one.entered_at) + (one.wait_s ?? 0)})),
    holds: call.holds.map((one) => ({by: one.by, from: at(one.from), to: one.to ? at(one.to) : end})),
    marks: marksOf(call, at), recordings, gaps: gapsOf(call, recordings, at, end), answered: call.answered_at ? at(call.answered_at) : null, end,
  };
}

/** Announced when the call came, but begun with the talk (MixMonitor's `b`): its length tells. */
function placeLate(one, call, at, end) {
  if (!call.answered_at || !one.duration_s) return;
  const answered = at(call.answered_at);
  if (one.from < answered && Math.abs(one.duration_s - (end - answered)) < Math.max(2, one.duration_s * 0.03)) Object.assign(one, {from: answered, to: answered + one.duration_s});
}

/** One line for each who took part: rang from, spoke from, left. Who only rang stands after those who spoke. */
function peopleOf(call, at, end) {
  const rang = call.timeline.filter((one) => one.kind === 'rang');
  const lines = call.legs.map((leg) => {
    const who = leg.number || leg.interface, left = leg.left_at ? at(leg.left_at) : end;
    const place = rang.findIndex((one) => one.who === who && at(one.at) <= left);
    const ringing = place >= 0 ? at(rang.splice(place, 1)[0].at) : null;
    const agent = leg.role === 'agent' && call.agents.find((talk) => talk.name === leg.name);
    return {
      name: leg.name || (agent && agentName(agent.number)) || who, number: leg.number, interface: leg.interface, role: leg.role,
      rang: leg.role === 'caller' ? 0 : ringing ?? (leg.joined_at ? at(leg.joined_at) : left), from: leg.joined_at ? at(leg.joined_at) : null, to: left,
    };
  });
  const kept = lines.filter((one) => !one.interface.startsWith('Local/'));
  return kept.map((one, place) => [one, place]).sort(([a, i], [b, j]) => rank(a) - rank(b) || i - j).map(([one]) => one);
}

const rank = (person) => (person.role === 'caller' ? 0 : person.from !== null ? 1 : 2);

function marksOf(call, at) {
  return [
    ...call.transfers.map((one) => ({kind: one.kind, at: at(one.at), text: `→ ${one.to}`})),
    ...call.parked.map((one) => ({kind: 'parked', at: at(one.at), text: `P ${one.slot}`})),
    ...call.parked.filter((one) => one.retrieved_at).map((one) => ({kind: 'retrieved', at: at(one.retrieved_at), text: `↩ ${one.retrieved_by || ''}`})),
  ].sort((a, b) => a.at - b.at);
}

/** Where people spoke and nothing was recorded; only for calls that have a recording to be heard. */
function gapsOf(call, recordings, at, end) {
  const heard = recordings.filter((one) => one.state === 'available').sort((a, b) => a.from - b.from);
  if (!call.answered_at || !heard.length) return [];
  const gaps = [];
  let reached = at(call.answered_at);
  for (const one of heard) {
    if (one.from - reached > 1) gaps.push([reached, one.from]);
    reached = Math.max(reached, one.to);
  }
  if (end - reached > 1) gaps.push([reached, end]);
  return gaps;
}

/** Where in which recording a moment of the call is: {recording, at}, or null. */
export function placeOf(course, seconds) {
  const found = course.recordings.find((one) => one.state === 'available' && seconds >= one.from && seconds < one.to);
  return found ? {recording: found, at: seconds - found.from} : null;
}

/** Steps of an axis of that many seconds: about six. */
export function stepsOf(length, most = 6) {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400].find((one) => length / one <= most) || 28_800;
  return Array.from({length: Math.floor(length / step) + 1}, (_, n) => n * step);
}
