import { createHash } from 'node:crypto';

import type { SystemEvent } from '../model/system-event.js';
import type { Reading } from '../model/reading.js';
import type { AnomalyRule, LevelRule, RateRule, Rule, SilentRule } from './rule.js';

/** Significant digits of a value in a message; the event itself has all of them. */
const VALUE_DIGITS = 5;
/** Those of rates and durations. */
const RATE_DIGITS = 4;

/** A sensor and its zone. */
type About = Pick<SystemEvent, 'sensorId' | 'zone'> & { readonly sensorId: string };

/** When something happened. */
export interface EventTime {
  /** By the time of day, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** What the id of the event is made from: the same whenever the same entry is judged, unlike the time of day. */
  readonly momentUs: number;
}

/** A value has been on the wrong side of the threshold for as long as the rule says. */
export function valueCrossed(rule: LevelRule, reading: Reading): SystemEvent {
  const { kind, threshold, forSeconds } = rule;
  const duration = forSeconds > 0 ? ` for ${forSeconds} s` : '';
  const message = `${reading.sensorId} is ${kind} ${threshold}${duration}: ${short(reading.value, threshold)}`;
  return ofReading(rule, 'entered', 'critical', message, reading);
}

/** The value is back on the right side. */
export function valueReturned(rule: LevelRule, reading: Reading): SystemEvent {
  const { kind, threshold } = rule;
  const message = `${reading.sensorId} is back at ${short(reading.value, threshold)}, no longer ${kind} ${threshold}`;
  return ofReading(rule, 'left', 'normal', message, reading);
}

/** The value changes too fast. */
export function rateExceeded(rule: RateRule, reading: Reading, perSecond: number): SystemEvent {
  const message = `${reading.sensorId} changes by ${short(perSecond, rule.perSecond, RATE_DIGITS)} a second, more than ${rule.perSecond}: ${short(reading.value)}`;
  return ofReading(rule, 'entered', 'critical', message, reading);
}

/** The value no longer changes too fast. */
export function rateNormal(rule: RateRule, reading: Reading): SystemEvent {
  const message = `${reading.sensorId} no longer changes by more than ${rule.perSecond} a second: ${short(reading.value)}`;
  return ofReading(rule, 'left', 'normal', message, reading);
}

/** The first reading of an unusual episode. */
export function anomalyStarted(rule: AnomalyRule, reading: Reading, score: number): SystemEvent {
  const message = `${reading.sensorId} behaves unusually: ${short(reading.value)} (score ${round(score)})`;
  return ofReading(rule, 'entered', 'anomaly', message, reading);
}

/** The sensor is in another zone now, so a rule about its old zone no longer watches it. */
export function sensorLeftZone(rule: Rule, reading: Reading): SystemEvent {
  const message = `${reading.sensorId} has left ${rule.zone ?? ''}; this rule no longer watches it`;
  return ofReading(rule, 'left', 'normal', message, reading);
}

/** @param at when the sensor had been silent for as long as the rule says */
export function sensorSilent(rule: SilentRule, { sensorId, zone }: About, at: EventTime): SystemEvent {
  const message = `${sensorId} is silent: no reading was accepted for ${rule.afterSeconds} s`;
  return ofMoment(rule, 'entered', 'critical', message, { sensorId, zone }, at);
}

/**
 * @param at when the next reading was accepted
 * @param silentForMs how long there was none
 */
export function sensorReturned(
  rule: SilentRule,
  about: About,
  at: EventTime,
  silentForMs: number,
): SystemEvent {
  const message = `${about.sensorId} sends again after ${short(silentForMs / 1000, rule.afterSeconds, RATE_DIGITS)} s`;
  return ofMoment(rule, 'left', 'normal', message, about, at);
}

/** The timestamps of a device lie ahead of the gateway's clock. @param at when the reading was accepted */
export function sensorAhead(
  { sensorId, zone, value, timestampUs }: Reading,
  at: EventTime,
  isLast: boolean,
): SystemEvent {
  const ahead = duration((timestampUs - at.timeUs) / 1e6);
  const more = isLast ? '; further sensors in this hour are not reported' : '';
  return {
    id: eventId('', sensorId, 'ahead', at.momentUs),
    timeUs: at.timeUs,
    type: 'anomaly',
    message: `${sensorId} sends timestamps ${ahead} ahead of the gateway's clock: until then, rules and the latest value do not follow its other readings${more}`,
    sensorId,
    zone,
    value,
  };
}

/** @param isLast whether further changes in this hour are not reported */
export function sensorMoved(
  { sensorId, zone, timestampUs }: Reading,
  from: string,
  isLast: boolean,
): SystemEvent {
  const more = isLast ? '; further changes in this hour are not reported' : '';
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
  const at = { timeUs: timestampUs, momentUs: timestampUs };
  return { ...ofMoment(rule, change, type, message, { sensorId, zone }, at), value };
}

function ofMoment(
  { id: ruleId, name }: Rule,
  change: Change,
  type: SystemEvent['type'],
  message: string,
  { sensorId, zone }: About,
  { timeUs, momentUs }: EventTime,
): SystemEvent {
  const id = eventId(ruleId, sensorId, change, momentUs);
  return { id, timeUs, type, message: `${message} (${name})`, sensorId, zone, ruleId };
}

type Change = 'entered' | 'left' | 'moved' | 'ahead';

/** The same rule, sensor and moment give the same id in every run of the gateway. */
function eventId(ruleId: string, sensorId: string, change: Change, momentUs: number): string {
  const what = JSON.stringify([ruleId, sensorId, change, momentUs]);
  return createHash('sha256').update(what).digest('base64url').slice(0, 22);
}

/** A value with as many digits as people read; all of them where it would else be on the other side of the threshold. */
function short(value: number, threshold?: number, leastDigits = VALUE_DIGITS): number {
  const wholeDigits = Math.floor(Math.log10(Math.max(1, Math.abs(value)))) + 1;
  const digits = Math.min(17, Math.max(leastDigits, wholeDigits));
  const rounded = Number(value.toPrecision(digits));
  const isTelling =
    threshold === undefined || Math.sign(rounded - threshold) === Math.sign(value - threshold);
  return isTelling ? rounded : value;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function duration(seconds: number): string {
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
