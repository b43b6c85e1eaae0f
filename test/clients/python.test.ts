import { join } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { run } from '../support/child.js';
import { Gateways, portOf, valuesOf } from './gateways.js';

const ON_THE_HOUR = '2026-01-30T14:00:00Z';

describe("InfluxDB's clients for Python", () => {
  let gateways: Gateways;

  beforeAll(async () => {
    gateways = await Gateways.start();
  });
  afterAll(async () => {
    await gateways.stop();
  });

  const python = async (script: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const program = findChecker('influx-python') ?? 'influx-python';
    const { code, output } = await run(program, [join(import.meta.dirname, script), ...args]);
    if (code !== 0) throw new Error(output);
    return JSON.parse(output.split('\n').findLast((line) => line.startsWith('{')) ?? '') as Record<
      string,
      unknown
    >;
  };

  it.each(['open', 'locked'] as const)(
    'influxdb connects, writes and is told what is refused: %s',
    async (which) => {
      const gateway = gateways[which];
      const saw = await python(
        'influxdb1.py',
        portOf(gateway),
        ...(which === 'locked' ? [gateways.key] : []),
      );
      expect(saw).toEqual({
        ping: expect.stringMatching(/^predictionx-/) as unknown,
        databases: [{ name: 'predictionx' }, { name: 'halls' }],
        created: null,
        policies: [
          { name: 'autogen', duration: '0s', shardGroupDuration: '168h0m0s', replicaN: 1, default: true },
        ],
        measurements: [{ name: 'sensor_predictions' }],
        empty: true,
        statement: [{ name: 'predictionx' }, { name: 'halls' }],
        now: true,
        precisions: Array.from({ length: 7 }, () => true),
        gzip: true,
        select: { code: null, content: expect.stringContaining('GET /api/latest') as unknown },
        text: {
          code: 400,
          content: expect.stringMatching(/partial write: 1 of 2 .*value.*hot.*dropped=1/) as unknown,
        },
      });
      const sensors = ['py1_None', 'py1_n', 'py1_u', 'py1_ms', 'py1_s', 'py1_m', 'py1_h'];
      expect(await valuesOf(gateway, 'py1_now', 'py1_gzip', 'py1_text', 'py1_good')).toEqual([
        21.5,
        2,
        undefined,
        1.5,
      ]);
      for (const sensor of sensors)
        expect(await gateway.json(`/api/latest/${sensor}`)).toMatchObject({
          value: 1.5,
          timestamp: ON_THE_HOUR,
        });
    },
  );

  it('influxdb-client connects, writes and is told what is refused', async () => {
    const saw = await python('influxdb2.py', portOf(gateways.locked), gateways.key);
    expect(saw).toEqual({
      ping: true,
      version: expect.stringMatching(/^predictionx-/) as unknown,
      ready: 'ready',
      health: 'pass',
      empty: null,
      now: null,
      precisions: [null, null, null, null],
      text: {
        code: 422,
        content: expect.stringMatching(/partial write: 1 of 2 .*value.*hot.*dropped=1/) as unknown,
      },
    });
    expect(await valuesOf(gateways.locked, 'py2_now', 'py2_text', 'py2_good')).toEqual([
      21.5,
      undefined,
      1.5,
    ]);
    for (const unit of ['ns', 'us', 'ms', 's'])
      expect(await gateways.locked.json(`/api/latest/py2_${unit}`)).toMatchObject({ timestamp: ON_THE_HOUR });
  });

  it('both are told that a key is wrong', async () => {
    const unauthorized = { code: 401, content: expect.stringContaining('key') as unknown };
    for (const script of ['influxdb1.py', 'influxdb2.py'])
      expect(await python(script, portOf(gateways.locked), 'wrong')).toMatchObject({
        empty: unauthorized,
        now: unauthorized,
      });
  });
});
