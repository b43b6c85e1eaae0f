import { isPort, isURL } from 'class-validator';
import ipaddr from 'ipaddr.js';

import { DURATION_RULE, formatDuration, MAX_TIMER_MS, parseDuration } from './duration.js';
import { InvalidValue, mustBe, type Variable } from './variable.js';

export function text(name: string, defaultText = ''): Variable<string> {
  return { name, defaultText, parse: (value) => value };
}

/** A text that must be set as soon as another variable is. */
export function textWith(otherName: string, name: string, what: string): Variable<string> {
  const message = `${name} must be set when ${otherName} is: ${what}`;
  return { ...text(name), requiredWith: { name: otherName, message } };
}

export function oneOf<const T extends string>(
  name: string,
  values: readonly T[],
  defaultText: NoInfer<T>,
  rule = `one of ${values.join(', ')}`,
): Variable<T> {
  const parse = (value: string): T => {
    const found = values.find((one) => one === value);
    if (found === undefined) throw mustBe(name, rule, value);
    return found;
  };
  return { name, defaultText, parse };
}

export function flag(name: string, byDefault: boolean): Variable<boolean> {
  const { defaultText, parse } = oneOf(
    name,
    ['true', 'false'],
    byDefault ? 'true' : 'false',
    'true or false',
  );
  return { name, defaultText, parse: (value) => parse(value) === 'true' };
}

/** A duration that is only compared with others, never set as a timer, in milliseconds. */
export function duration(name: string, defaultText: string, min = '0s'): Variable<number> {
  return { name, defaultText, parse: (value) => durationOf(name, value, min) };
}

/** A duration of a timer, in whole milliseconds. */
export function timer(name: string, defaultText: string, min = '1s'): Variable<number> {
  return { name, defaultText, parse: (value) => Math.round(durationOf(name, value, min, MAX_TIMER_MS)) };
}

/** An RFC 3339 time, parsed into microseconds since the Unix epoch. */
export function time(name: string, defaultText: string): Variable<number> {
  const parse = (value: string): number => {
    const [, day = ''] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.exec(value) ?? [];
    const timeMs = isDay(day) ? Date.parse(value) : NaN;
    if (Number.isNaN(timeMs)) throw mustBe(name, `an RFC 3339 time such as "${defaultText}"`, value);
    return timeMs * 1000;
  };
  return { name, defaultText, parse };
}

/** How long something is kept, in milliseconds, at least a second; undefined, for ever. */
export function retention(name: string): Variable<number | undefined> {
  const { parse } = duration(name, '', '1s');
  return { name, defaultText: '', parse: (value) => (value === '' ? undefined : parse(value)) };
}

/** The pause between two runs, in whole milliseconds, at least a second; undefined, never. */
export function interval(name: string): Variable<number | undefined> {
  const { parse } = timer(name, '');
  return { name, defaultText: '', parse: (value) => (value === '' ? undefined : parse(value)) };
}

export function wholeNumber(name: string, defaultValue: number, min: number, max: number): Variable<number> {
  const isAllowed = (value: number): boolean => Number.isInteger(value) && value >= min && value <= max;
  return number(name, String(defaultValue), isAllowed, `a whole number from ${min} to ${max}`);
}

/** How much of something may be sent in a second, or a minute; fractions are possible, and 0 sets no limit. */
export function limit(name: string, defaultValue = 0): Variable<number> {
  const isAllowed = (value: number): boolean => Number.isFinite(value) && value >= 0;
  return number(name, String(defaultValue), isAllowed, 'a number from 0 on');
}

/** A share that the OpenTelemetry SDK reads itself, so it stays a text. */
export function share(name: string): Variable<string> {
  const parse = (value: string): string => {
    if (value !== '' && !(Number(value) >= 0 && Number(value) <= 1))
      throw mustBe(name, 'a number from 0 to 1', value);
    return value;
  };
  return { name, defaultText: '', parse };
}

export function port(name: string, defaultText: string): Variable<number> {
  const parse = (value: string): number => {
    if (!isPort(value)) throw mustBe(name, 'a number from 0 to 65535', value);
    return Number(value);
  };
  return { name, defaultText, parse };
}

/** An http or https URL. A wrong one is not quoted: it may hold credentials. */
export function httpUrl(name: string, example: string): Variable<string | undefined> {
  const parse = (value: string): string | undefined => {
    if (value === '') return undefined;
    if (isHttpUrl(value)) return value;
    throw new InvalidValue(
      `${name} must be an http or https URL such as ${example}, without user or password`,
    );
  };
  return { name, defaultText: '', parse };
}

/** The URL by which others reach the gateway. A wrong one is not quoted: it may hold credentials. */
export function publicUrl(name: string): Variable<string | undefined> {
  const parse = (value: string): string | undefined => {
    if (value === '') return undefined;
    // A link that begins with // would lead to another host.
    if (isHttpUrl(value) && !/[?#]/.test(value) && !new URL(value).pathname.includes('//')) return value;
    throw new InvalidValue(
      `${name} must be an http or https URL such as https://example.com/predictionx, without user, query, fragment or an empty part of its path`,
    );
  };
  return { name, defaultText: '', parse };
}

/** A key that a person chose. A wrong one is not quoted: it is a secret all the same. */
export function secret(name: string): Variable<string> {
  const parse = (value: string): string => {
    if (value === '' || /^[\x21-\x7e]{32,512}$/.test(value)) return value;
    throw new InvalidValue(`${name} must be 32 to 512 printable ASCII characters without spaces`);
  };
  return { name, defaultText: '', parse };
}

/** Comma-separated IP addresses and networks. */
export function networks(name: string): Variable<readonly string[]> {
  const isNetwork = (value: string): boolean => ipaddr.isValid(value) || ipaddr.isValidCIDR(value);
  return list(name, '', isNetwork, 'a comma-separated list of IP addresses and networks such as 10.0.0.0/8');
}

/** Comma-separated origins of web pages. */
export function origins(name: string, defaultText: string): Variable<readonly string[]> {
  const isOrigin = (value: string): boolean => isHttpUrl(value) && new URL(value).origin === value;
  return list(name, defaultText, isOrigin, 'a comma-separated list of origins such as http://localhost:3000');
}

function durationOf(name: string, value: string, min: string, maxMs = Infinity): number {
  const durationMs = parseDuration(value) ?? NaN;
  const minMs = parseDuration(min) ?? 0;
  if (durationMs >= minMs && durationMs <= maxMs) return durationMs;
  const least = minMs > 0 ? `, at least ${min}` : '';
  const bounds = maxMs < Infinity ? `, from ${min} to ${formatDuration(maxMs)}` : least;
  throw mustBe(name, DURATION_RULE + bounds, value);
}

/** Date.parse() takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(day);
}

function number(
  name: string,
  defaultText: string,
  isAllowed: (value: number) => boolean,
  rule: string,
): Variable<number> {
  const parse = (value: string): number => {
    const parsed = Number(value);
    if (!isAllowed(parsed)) throw mustBe(name, rule, Number.isNaN(parsed) ? value : parsed);
    return parsed;
  };
  return { name, defaultText, parse };
}

function list(
  name: string,
  defaultText: string,
  isAllowed: (entry: string) => boolean,
  rule: string,
): Variable<readonly string[]> {
  const parse = (value: string): readonly string[] => {
    const entries = value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    if (!entries.every(isAllowed)) throw mustBe(name, rule, value);
    return entries;
  };
  return { name, defaultText, parse };
}

function isHttpUrl(value: string): boolean {
  return isURL(value, {
    protocols: ['http', 'https'],
    require_protocol: true,
    require_tld: false,
    disallow_auth: true,
  });
}
