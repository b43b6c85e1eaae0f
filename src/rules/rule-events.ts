import { createHash } from 'node:crypto';

import type { SystemEvent } from '../model/system-event.js';
import type { Reading } from '../model/reading.js';
import type { AnomalyRule, LevelRule, RateRule, Rule, SilentRule } from './rule.js';

/** Which sensor, and where it stands. */
type About = Pick<SystemEvent, 'sensorId' | 'zone'> & { readonly sensorId: string };

/** A value on the wrong side of a threshold, for as long as the rule asks. */
export function crossed(rule: LevelRule, reading: Reading): SystemEvent {
  const { kind, threshold, forSeconds } = rule;
  const long = forSeconds > 0 ? ` for ${forSeconds} s` : '';
  const message = `${reading.sensorId} is ${kind} ${threshold}${long}: ${reading.value}`;
  return ofReading(rule, 'entered', 'critical', message, reading);
}

/** A value that came back. */
export function cameBack(rule: LevelRule, reading: Reading): SystemEvent {
  const { kind, threshold } = rule;
  const message = `${reading.sensorId} is back at ${reading.value}, no longer ${kind} ${threshold}`;
  return ofReading(rule, 'left', 'normal', message, reading);
}

/** A value that changes too fast. */
export function changesFast(rule: RateRule, reading: Reading, perSecond: number): SystemEvent {
  const message = `${reading.sensorId} changes by ${round(perSecond)} a second, more than ${rule.perSecond}: ${reading.value}`;
  return ofReading(rule, 'entered', 'critical', message, reading);
}

/** A value that no longer does. */
export function changesSlowly(rule: RateRule, reading: Reading): SystemEvent {
  const message = `${reading.sensorId} no longer changes by more than ${rule.perSecond} a second: ${reading.value}`;
  return ofReading(rule, 'left', 'normal', message, reading);
}

/** The first reading of an episode that is unlike what was before. */
export function behavesUnusually(rule: AnomalyRule, reading: Reading, score: number): SystemEvent {
  const message = `${reading.sensorId} behaves unlike before: ${reading.value} (score ${round(score)})`;
  return ofReading(rule, 'entered', 'anomaly', message, reading);
}

/** A sensor that a rule about a zone does not watch any more, because it stands elsewhere. */
export function leftZone(rule: Rule, reading: Reading): SystemEvent {
  const message = `${reading.sensorId} has left ${rule.zone ?? ''} and is not watched by this rule any more`;
  return ofReading(rule, 'left', 'normal', message, reading);
}

/** @param silentMs since when no reading has been accepted for as long as the rule says */
export function isSilent(rule: SilentRule, { sensorId, zone }: About, silentMs: number): SystemEvent {
  const message = `${sensorId} is silent: no reading was accepted for ${rule.afterSeconds} s`;
  return ofMoment(rule, 'entered', 'critical', message, { sensorId, zone }, Math.round(silentMs * 1000));
}

/**
 * @param acceptedMs when a reading was accepted again
 * @param forMs how long there was none
 */
export function isHeardAgain(rule: SilentRule, about: About, acceptedMs: number, forMs: number): SystemEvent {
  const message = `${about.sensorId} is heard again, after ${round(forMs / 1000)} s`;
  return ofMoment(rule, 'left', 'normal', message, about, Math.round(acceptedMs * 1000));
}

/** @param isLast whether no more of this hour are told */
export function moved({ sensorId, zone, timestampUs }: Reading, from: string, isLast: boolean): SystemEvent {
  const more = isLast ? '; further changes within this hour are not told' : '';
  return {
    id: eventId('', sensorId, 'moved', timestampUs),
    timeUs: timestampUs,
    type: 'normal',
    message: `${sensorId} has moved from ${from} to ${zone}${more}`,
    sensorId,
    zone,
  };
}

function ofReading(
  rule: Rule,
  change: Change,
  type: SystemEvent['type'],
  message: string,
  { sensorId, zone, value, timestampUs }: Reading,
): SystemEvent {
  return { ...ofMoment(rule, change, type, message, { sensorId, zone }, timestampUs), value };
}

function ofMoment(
  { id: ruleId, name }: Rule,
  change: Change,
  type: SystemEvent['type'],
  message: string,
  { sensorId, zone }: About,
  timeUs: number,
): SystemEvent {
  const id = eventId(ruleId, sensorId, change, timeUs);
  return { id, timeUs, type, message: `${message} (${name})`, sensorId, zone, ruleId };
}

type Change = 'entered' | 'left' | 'moved';

/** The same rule, sensor and moment have the same id, in whichever life of the gateway they are found. */
function eventId(ruleId: string, sensorId: string, change: Change, timeUs: number): string {
  const what = JSON.stringify([ruleId, sensorId, change, timeUs]);
  return createHash('sha256').update(what).digest('base64url').slice(0, 22);
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
