import fc from 'fast-check';

import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { checkReading } from '../../src/ingest/check-reading.js';
import { ReadingDto } from '../../src/ingest/reading.dto.js';
import { RequestValidationPipe } from '../../src/common/validation/request-validation.pipe.js';

/** What POST /api/ingest says to a body: the reading, or what is wrong with each field. */
function bySingle(body: unknown): unknown {
  try {
    const dto = new RequestValidationPipe().transform(body, { type: 'body', metatype: ReadingDto });
    return (dto as ReadingDto).toReading();
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
        timestamp: fc.oneof(fc.constantFrom('2026-01-30T12:00:00Z', 1_769_782_718_123), odd),
        extra: odd,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(record, (body) => {
        // JSON knows no undefined and no NaN.
        const parsed: unknown = JSON.parse(JSON.stringify(body));
        expect(checkReading(parsed)).toEqual(bySingle(parsed));
      }),
      { numRuns: 1_000 },
    );
  });
});
