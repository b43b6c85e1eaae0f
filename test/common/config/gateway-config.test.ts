import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { GatewayConfig, VARIABLES } from '../../../src/common/config/gateway-config.js';
import type { Variable } from '../../../src/common/config/variable.js';
import { COMPARED_DURATIONS, TIMER_DURATIONS } from '../../support/duration-variables.js';
import { ROOT } from '../../support/environment.js';

describe('.env.example', () => {
  it('shows every variable with its default, and no other', () => {
    const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const shown = Array.from(text.matchAll(/^# ([A-Z_]+)=(.*)$/gm), ([, name, value]) => [name, value]);
    const defaults = Object.fromEntries(VARIABLES.map(({ name, defaultText }) => [name, defaultText]));
    expect(defaults.LOG_FORMAT).toMatch(/^(json|pretty)$/);
    expect(Object.fromEntries(shown)).toEqual({
      ...defaults,
      INFLUXDB_URL: 'http://localhost:8086',
      LOG_FORMAT: 'json',
    });
  });
});

const MAX_TIMER_MS = 2 ** 31 - 1;

const isDuration = ({ parse }: Variable<unknown>): boolean => {
  try {
    return parse('5m') === 300_000;
  } catch {
    return false;
  }
};
const durations = VARIABLES.filter(isDuration);
const timers = durations.filter(({ name }) => !COMPARED_DURATIONS.includes(name));

describe('durations', () => {
  it('are all known here as those of timers or as those that are compared', () => {
    const names = durations.map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set([...COMPARED_DURATIONS, ...TIMER_DURATIONS]));
    expect(timers).toHaveLength(TIMER_DURATIONS.length);
  });

  it.each(timers)('$name takes only what setTimeout() takes, in whole milliseconds', ({ name, parse }) => {
    const amount = fc.oneof(fc.double({ min: 0, noNaN: true, max: 1e15 }), fc.nat({ max: 3_000_000_000 }));
    const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w');
    fc.assert(
      fc.property(amount, unit, (number, unitName) => {
        const text = `${number.toFixed(3)}${unitName}`;
        const outcome = outcomeOf(() => parse(text));
        if (typeof outcome === 'string') {
          expect(outcome).toContain(`${name} must be a duration`);
          expect(outcome).toMatch(/, from (0s|100ms|1s) to 24d, got "/);
          expect(outcome).toContain(text);
        } else expect(Number.isInteger(outcome) && Number(outcome) <= MAX_TIMER_MS).toBe(true);
      }),
    );
    expect(parse('24d')).toBe(24 * 86_400_000);
    expect(parse('1.001s')).toBe(1_001);
    for (const text of ['577h', '24.001d', '25d', '100000d', '10000000w'])
      expect(outcomeOf(() => parse(text))).toMatch(new RegExp(`^${name} must be .* to 24d, got "${text}"$`));
  });

  it.each(COMPARED_DURATIONS)('%s may be of any length', (name) => {
    const variable = VARIABLES.find((one) => one.name === name);
    expect(variable?.parse('10000000w')).toBe(10_000_000 * 604_800_000);
  });

  it.each(['STORE_TIMEOUT', 'STREAM_HEARTBEAT'])('%s is at least 100 ms', (name) => {
    const problems: string[] = [];
    new GatewayConfig({ [name]: '0s' }, problems);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} .* from 100ms to 24d, got "0s"$`))]);
  });
});

describe('GatewayConfig', () => {
  it('parses durations into milliseconds and lists into entries', () => {
    const { store, server } = new GatewayConfig({ STORE_TIMEOUT: '2m', TRUSTED_PROXIES: '10.0.0.0/8, ::1' });
    expect([store.timeoutMs, store.retentionMs]).toEqual([120_000, undefined]);
    expect(server.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  });

  it('reports every wrong variable', () => {
    const problems: string[] = [];
    new GatewayConfig(
      { PORT: '99999', STORE_TIMEOUT: '5', INFLUXDB_URL: 'ftp://user:secret@host' },
      problems,
    );
    expect(problems).toEqual([
      'INFLUXDB_URL must be an http or https URL such as http://localhost:8086, without user or password',
      'INFLUXDB_TOKEN must be set when INFLUXDB_URL is: a token that may read and write the bucket',
      "INFLUXDB_ORG must be set when INFLUXDB_URL is: the organization's name or id",
      'STORE_TIMEOUT must be a duration such as "30s", "5m", "24h" or "1d", from 100ms to 24d, got "5"',
      'PORT must be a number from 0 to 65535, got "99999"',
    ]);
  });
});

/** @returns the value, or the message of the error */
function outcomeOf(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return (error as Error).message;
  }
}
