import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findTelegraf } from '../../tools/telegraf/find.mjs';
import { Child } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';
import { Gateways, valuesOf } from './gateways.js';

const LINES = ['a', 'b', 'c'].map(
  (name, index) => `sensor_predictions,sensor_id=tg1_${name},zone=hall\\ 1 value=${index + 0.5},latency_ms=1`,
);

describe("Telegraf's output for InfluxDB 1", () => {
  let gateways: Gateways;

  beforeAll(async () => {
    gateways = await Gateways.start();
  });
  afterAll(async () => {
    await gateways.stop();
  });

  /** Starts Telegraf, which reads the lines every second and sends them. */
  const start = (gateway: Gateway, lines: readonly string[], more = ''): Child => {
    const folder = emptyFolder();
    const input = join(folder, 'readings.influx');
    const config = join(folder, 'telegraf.conf');
    writeFileSync(input, `${lines.join('\n')}\n`);
    writeFileSync(
      config,
      `[agent]
  interval = "1s"
  flush_interval = "1s"
  omit_hostname = true
[[inputs.file]]
  files = [${JSON.stringify(input)}]
  data_format = "influx"
[[outputs.influxdb]]
  urls = [${JSON.stringify(gateway.url)}]
  database = "telegraf"
${more}`,
    );
    return new Child(findTelegraf() ?? 'telegraf', ['--config', config]);
  };

  it.each(['open', 'locked'] as const)('makes its database and writes: %s', async (which) => {
    const gateway = gateways[which];
    const login = which === 'locked' ? `  username = "telegraf"\n  password = "${gateways.key}"\n` : '';
    const telegraf = start(gateway, LINES, login);
    const values = await until(async () => {
      const found = await valuesOf(gateway, 'tg1_a', 'tg1_b', 'tg1_c');
      return found.includes(undefined) ? undefined : found;
    }, 'the readings');
    await telegraf.kill('SIGTERM');
    expect(values).toEqual([0.5, 1.5, 2.5]);
    expect(telegraf.output).not.toMatch(/creation failed|failed to write|E!/i);
  });

  it('is told which points are dropped, and sends the others once', async () => {
    const gateway = gateways.open;
    const telegraf = start(gateway, [
      LINES[0] ?? '',
      'temperature value=1',
      'sensor_predictions,sensor_id=tg1_d,zone=z value=4',
    ]);
    await until(() => (telegraf.output.includes('partial write: 1 of 3') ? true : undefined), 'the refusal');
    await telegraf.kill('SIGTERM');
    expect(telegraf.output).toMatch(/line 2: .*temperature.*\n?.*dropped=1/);
    expect(telegraf.output).not.toContain('could not write any address');
    expect(await valuesOf(gateway, 'tg1_a', 'tg1_d')).toEqual([0.5, 4]);
  });

  it('is told that a key is wrong', async () => {
    const telegraf = start(gateways.locked, LINES, '  username = "telegraf"\n  password = "wrong"\n');
    await until(() => (/401 Unauthorized.*key/i.test(telegraf.output) ? true : undefined), 'the refusal');
    await telegraf.kill('SIGTERM');
    expect(telegraf.output).toMatch(/database "telegraf" creation failed: 401/);
  });
});
