import fc from 'fast-check';

import type { FieldError } from '../../src/common/errors/field-error.js';
import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { RequestValidationPipe } from '../../src/common/validation/request-validation.pipe.js';
import { checkReading } from '../../src/ingest/check-reading.js';
import { invalidTimestamp } from '../../src/ingest/invalid-timestamp.js';
import { ReadingDto } from '../../src/ingest/reading.dto.js';
import { SentTimes } from '../../src/ingest/sent-times.js';
import { PRECISIONS } from '../../src/model/precision.js';

/** What POST /api/ingest says to a body: the reading, or what is wrong with each field. */
function bySingle(body: unknown, sentTimes: SentTimes): unknown {
  try {
    const transformed: unknown = new RequestValidationPipe().transform(body, {
      type: 'body',
      metatype: ReadingDto,
    });
    const dto = transformed as ReadingDto;
    const reading = dto.toReading(sentTimes);
    if (dto.timestamp === undefined || reading.timestampUs !== undefined) return reading;
    return [{ path: 'timestamp', message: invalidTimestamp(dto.timestamp, sentTimes) }];
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
        const sentTimes = new SentTimes('ms');
        const [single, batch] = [bySingle(parsed, sentTimes), checkReading(parsed, sentTimes)];
        // A single reading's fields come first: what a number means as a time, only the request says.
        const isOther =
          Array.isArray(single) && single.length > 0 && Array.isArray(batch) && batch.length > single.length;
        expect(isOther ? batch.filter(({ path }: FieldError) => path !== 'timestamp') : batch).toEqual(
          single,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('has its timestamp judged as in a single reading, whichever unit the request names', () => {
    const timestamp = fc.oneof(
      fc.constantFrom('2026-01-30T12:00:00Z', '1769782718123456789', 1_769_782_718, 1_769_782_718_123),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(timestamp, fc.constantFrom(...PRECISIONS), (one, precision) => {
        const body = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1, timestamp: one };
        const [single, batch] = [
          bySingle(body, new SentTimes(precision)),
          checkReading(body, new SentTimes(precision)),
        ];
        expect('sensorId' in batch).toBe(!Array.isArray(single));
        if ('sensorId' in batch) expect(batch).toEqual(single);
      }),
    );
  });
});
