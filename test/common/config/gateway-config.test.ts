import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GatewayConfig } from '../../../src/common/config/gateway-config.js';
import { ROOT } from '../../support/environment.js';

describe('.env.example', () => {
  it('shows every variable with its default, and no other', () => {
    const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const shown = Array.from(text.matchAll(/^# ([A-Z_]+)=(.*)$/gm), ([, name, value]) => [name, value]);
    const { INFLUXDB_URL, LOG_FORMAT, ...defaults } = new GatewayConfig();
    expect([INFLUXDB_URL, LOG_FORMAT]).toEqual([undefined, expect.stringMatching(/^json|pretty$/)]);
    expect(Object.fromEntries(shown)).toEqual({
      ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, String(value)])),
      INFLUXDB_URL: 'http://localhost:8086',
      LOG_FORMAT: 'json',
    });
  });
});
