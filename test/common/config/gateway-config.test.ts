import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GatewayConfig, VARIABLES } from '../../../src/common/config/gateway-config.js';
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
      'STORE_TIMEOUT must be a duration such as "30s", "5m", "24h" or "1d", got "5"',
      'PORT must be a number from 0 to 65535, got "99999"',
    ]);
  });
});
