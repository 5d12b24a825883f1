// A call in words, as lists and heads tell it.

import {t} from '../texts/texts.js';

let queueNames = new Map();
let agentNames = new Map();

/** What the directory calls queues and agents; calls have the queue's name in the PBX. */
export function useDirectory(queues, agents) {
  queueNames = new Map(queues.map((one) => [one.name, one.display_name || one.name]));
  agentNames = new Map(agents.map((one) => [one.number, one.name || `${one.firstname} ${one.lastname}`.trim() || one.number]));
}

export const queueName = (passage) => queueNames.get(passage.name) || passage.name;
export const agentName = (number) => agentNames.get(number) || number;
export const directoryAgents = () => [...agentNames].map(([number, name]) => ({number, name}));
export const directoryQueues = () => [...queueNames].map(([name, display]) => ({name, display}));

/** Who called: [what is read first, what stands behind it]. */
export function callerOf(call) {
  return named(call.caller);
}

/** What was dialled. */
export function dialledOf(call) {
  return named(call.dialled);
}

function named(party) {
  const number = party.number || t('hidden');
  return party.name && party.name !== party.number ? [party.name, party.number || ''] : [number, ''];
}

/** Who talked for this side: agents in order, else whoever answered. */
export function talkersOf(call) {
  if (call.agents.length) return [...new Set(call.agents.map((talk) => talk.name || agentName(talk.number)))];
  const by = call.answered_by;
  if (!by) return [];
  return [by.name || (by.agent && agentName(by.agent)) || by.number].filter(Boolean);
}

export const queuesOf = (call) => [...new Set(call.queues.map(queueName))];

const BAD = new Set(['missed', 'abandoned', 'failed']);
const WARN = new Set(['busy', 'rejected', 'unreachable', 'cancelled']);

/** How an outcome looks: good, bad, warn or nothing. */
export function toneOf(outcome) {
  return outcome === 'ongoing' ? 'good' : BAD.has(outcome) ? 'bad' : WARN.has(outcome) ? 'warn' : '';
}

/** The first recording that can be heard. */
export const audible = (call) => call.recordings.find((one) => one.state === 'available');

/** Everything that can be heard of a call, in order. */
export const audibles = (call) => call.recordings.filter((one) => one.state === 'available');
