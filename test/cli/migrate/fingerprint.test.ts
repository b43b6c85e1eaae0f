import fc from 'fast-check';

import { Fingerprint, isSameReading } from '../../../src/cli/migrate/fingerprint.js';
import type { Reading } from '../../../src/model/reading.js';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const reading = fc.record(
  {
    sensorId: fc.constant('s'),
    zone: fc.string({ minLength: 1, maxLength: 4 }),
    value: number,
    timestampUs: fc.maxSafeInteger(),
    latencyMs: number,
  },
  { requiredKeys: ['sensorId', 'zone', 'value', 'timestampUs'] },
) as fc.Arbitrary<Reading>;

function checksumOf(readings: readonly Reading[]): string {
  const all = new Fingerprint();
  for (const one of readings) {
    const single = new Fingerprint();
    single.add(one);
    all.addAll(single);
  }
  expect(all.count).toBe(readings.length);
  return all.checksum;
}

describe('a fingerprint', () => {
  it('is the same for the same readings in any order', () => {
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        const straight = new Fingerprint();
        for (const one of readings) straight.add(one);
        expect(checksumOf(readings.toReversed())).toBe(straight.checksum);
      }),
    );
  });

  it('differs for another zone, time, value or latency, and for an absent one', () => {
    fc.assert(
      fc.property(reading, reading, (a, b) => {
        const isSame = isSameReading(a, b) && a.zone === b.zone && a.timestampUs === b.timestampUs;
        expect(checksumOf([a]) === checksumOf([b])).toBe(isSame);
        const without = { ...a };
        delete without.latencyMs;
        expect(checksumOf([without]) === checksumOf([{ ...without, latencyMs: 0 }])).toBe(false);
        expect(checksumOf([{ ...a, zone: `${a.zone}x` }])).not.toBe(checksumOf([a]));
      }),
    );
    const zero = { sensorId: 's', zone: 'z', value: 0, timestampUs: 1 };
    expect(checksumOf([zero])).toBe(checksumOf([{ ...zero, value: -0 }]));
    expect(checksumOf([])).toBe('0000000000000000');
  });
});
