import fc from 'fast-check';

import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { checkReading, readReading } from '../../src/ingest/check-reading.js';
import { SentTimes } from '../../src/ingest/sent-times.js';
import { PRECISIONS } from '../../src/model/precision.js';

/** What POST /api/ingest says to a body: the reading, or what is wrong with each field. */
function bySingle(body: unknown, sentTimes: SentTimes): unknown {
  try {
    return readReading(body, sentTimes);
  } catch (error) {
    if (error instanceof GatewayError) return error.errors;
    throw error;
  }
}

describe('a record of a batch', () => {
  it('is validated like a single reading', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.double(),
      fc.constantFrom(null, undefined, true, {}, [], 'a\nb', ' a', ''),
    );
    const record = fc.record(
      {
        sensorId: fc.oneof(fc.constant('s'), odd),
        zone: fc.oneof(fc.constant('z'), odd),
        value: fc.oneof(fc.double(), odd),
        latencyMs: fc.oneof(fc.constant(1), odd),
        timestamp: fc.oneof(
          fc.constantFrom('2026-01-30T12:00:00Z', 1_769_782_718_123, '1769782718123456789'),
          odd,
        ),
        extra: odd,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(record, fc.constantFrom(...PRECISIONS), (body, precision) => {
        // JSON knows no undefined and no NaN.
        const parsed: unknown = JSON.parse(JSON.stringify(body));
        const sentTimes = new SentTimes(precision);
        expect(checkReading(parsed, sentTimes)).toEqual(bySingle(parsed, sentTimes));
      }),
      { numRuns: 1_000 },
    );
  });
});
