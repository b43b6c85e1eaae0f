import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { addRow, fromInfluxDb } from './account.js';

const READINGS = 500;
const HOUR_S = 3_600;

describe('a clock that is set back', () => {
  it('merges no two readings, and swaps none, also when the gateway is killed', async () => {
    const folder = emptyFolder();
    const library = join(folder, 'clock.so');
    const clock = join(folder, 'clock');
    const source = join(import.meta.dirname, 'clock.c');
    expect(await run('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])).toEqual({
      code: 0,
      output: '',
    });
    const influxd = await Influxd.start();
    const env = {
      ...influxd.variables(await influxd.createBucket()),
      DATA_DIR: emptyFolder(),
      LD_PRELOAD: library,
      FAULT_CLOCK: clock,
    };
    /** By sensor: the timestamps in the order of the answers. */
    const stamps = new Map<string, string[]>();
    let value = 0;
    const send = async (gateway: Gateway): Promise<void> => {
      const senders = Array.from({ length: 5 }, async (_, sender) => {
        for (let count = 0; count < READINGS / 5; count += 1) {
          const sensorId = `clock${sender}`;
          const reading = { sensorId, zone: 'z', latencyMs: 1, value: (value += 1) };
          const response = await gateway.post('/api/ingest', reading);
          expect(response.status).toBe(201);
          const { timestamp } = (await response.json()) as { timestamp: string };
          stamps.set(sensorId, [...(stamps.get(sensorId) ?? []), timestamp]);
        }
      });
      await Promise.all(senders);
    };

    writeFileSync(clock, '0');
    let gateway = await Gateway.start(env);
    const seconds = async (): Promise<number> => {
      const { timestamp } = (await (await gateway.post('/api/ingest', PROBE)).json()) as {
        timestamp: string;
      };
      return Date.parse(timestamp) / 1_000;
    };
    const before = await seconds();
    await send(gateway);
    for (const hours of [1, 2, 3]) {
      writeFileSync(clock, String(-hours * HOUR_S));
      await send(gateway);
      const { oldestQueuedSeconds } = await gateway.pipeline();
      expect(oldestQueuedSeconds).toBeGreaterThanOrEqual(0);
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start(env);
      await send(gateway);
    }
    expect(await seconds()).toBeGreaterThan(before);
    // A clock that the gateway does not see proves nothing.
    const [lastStart] = (await gateway.json(`/api/logs?to=${(before - 2 * HOUR_S) * 1_000}`)) as unknown[];
    expect(lastStart).toMatchObject({ message: expect.stringContaining('The gateway started') });
    await gateway.settled();

    for (const [sensorId, given] of stamps) {
      const us = given.map(microseconds);
      const notLater = us.filter((stamp, index) => index > 0 && stamp <= (us[index - 1] ?? NaN));
      expect({ sensorId, notLater }).toEqual({ sensorId, notLater: [] });
    }
    const stored = (await fromInfluxDb(env, influxd.url)()).filter(
      ({ sensorId }) => sensorId !== PROBE.sensorId,
    );
    const sent = READINGS * 7;
    const values = new Set(stored.map((point) => point.value));
    addRow({
      fault: 'the clock set back by an hour, 3 times, each with kill -9',
      acknowledged: sent,
      stored: stored.length,
      deadLettered: 0,
      lost: sent - values.size,
      duplicated: stored.length - values.size,
      refused: 0,
    });
    expect([stored.length, values.size]).toEqual([sent, sent]);
    await gateway.stop();
    await influxd.stop();
  });
});

const PROBE = { sensorId: 'probe', zone: 'z', latencyMs: 1, value: 0 };

function microseconds(timestamp: string): number {
  const [, whole = '', fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(timestamp) ?? [];
  return Date.parse(`${whole}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
}
