import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Gateways, valuesOf } from './gateways.js';

/** Sends nothing itself. k6 writes what it measures of its own work, and the script's one metric, which is a reading. */
const SCRIPT = `import { Trend } from 'k6/metrics';
const reading = new Trend('sensor_predictions');
export default function () {
  reading.add(21.5, { sensor_id: 'k6', zone: 'load' });
}
`;

describe('k6, which writes to InfluxDB 1', () => {
  let gateways: Gateways;

  beforeAll(async () => {
    gateways = await Gateways.start();
  });
  afterAll(async () => {
    await gateways.stop();
  });

  const k6 = async (gateway: Gateway, key?: string): Promise<{ code: number | null; output: string }> => {
    const script = join(emptyFolder(), 'script.js');
    writeFileSync(script, SCRIPT);
    const args = [
      'run',
      '--quiet',
      '--no-color',
      '--verbose',
      // Points then have only the tags of the script.
      '--system-tags=',
      '--iterations',
      '3',
      '--out',
      `influxdb=${gateway.url}/k6`,
    ];
    return run(findChecker('k6') ?? 'k6', [...args, script], {
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      ...(key !== undefined && { K6_INFLUXDB_USERNAME: 'k6', K6_INFLUXDB_PASSWORD: key }),
    });
  };

  it.each(['open', 'locked'] as const)(
    'is told that its measurements are foreign, and goes on: %s',
    async (which) => {
      const { code, output } = await k6(gateways[which], which === 'locked' ? gateways.key : undefined);
      expect(code).toBe(0);
      expect(output).not.toContain("Couldn't create database");
      expect(output).toMatch(
        /Couldn't write stats.*partial write: .*the measurement must be sensor_predictions/,
      );
      expect(output.match(/Couldn't write stats/g)).toHaveLength(1);
      expect(await valuesOf(gateways[which], 'k6')).toEqual([21.5]);
    },
  );

  it('writes all that it measures with a LINE_MAPPING', async () => {
    const LINE_MAPPING = join(emptyFolder(), 'mapping.yaml');
    writeFileSync(
      LINE_MAPPING,
      "- { measurement: '*', fields: value, sensorId: 'k6.{measurement}', zone: k6 }\n",
    );
    const gateway = await Gateway.start({ LINE_MAPPING });
    const { code, output } = await k6(gateway);
    expect(code).toBe(0);
    expect(output).not.toContain("Couldn't write stats");
    expect(await valuesOf(gateway, 'k6', 'k6.iterations')).toEqual([21.5, 1]);
    await gateway.stop();
  });

  it('is told that a key is wrong', async () => {
    const { code, output } = await k6(gateways.locked, 'wrong');
    expect(code).toBe(0);
    expect(output).toMatch(/Couldn't write stats.*key/);
  });
});
