import fc from 'fast-check';

import { toDeadLetterId } from '../../../src/dead-letters/dead-letters-query.dto.js';
import { parseEventCursor } from '../../../src/logs/logs-query.dto.js';
import { fromCursor, toCursor } from '../../../src/http/pagination/cursor.js';
import { readingCursor, toPosition } from '../../../src/readings/history-query.dto.js';
import { toSensorId } from '../../../src/sensors/sensors-query.dto.js';

const text = fc.string({ unit: 'binary', maxLength: 100 });
const place = fc.array(fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' })), {
  minLength: 1,
  maxLength: 4,
});
const anyCursor = fc.oneof(
  text,
  fc.json().map((json) => Buffer.from(json).toString('base64url')),
  place.map(toCursor),
);

describe('a cursor', () => {
  it('decodes to the position it was made from', () => {
    fc.assert(
      fc.property(place, (made) => {
        expect(fromCursor(toCursor(made), made.length)).toEqual(made);
        expect(fromCursor(toCursor(made), made.length + 1)).toBeUndefined();
        // It needs no escapes in a URL.
        expect(toCursor(made)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('decodes to a position in its collection, or to none, whatever its text', () => {
    fc.assert(
      fc.property(anyCursor, (cursor) => {
        const { timestampUs = 0, zone = '' } = toPosition(cursor) ?? {};
        const { timeUs = 0, row = 0, upToRow = 0 } = parseEventCursor(cursor) ?? {};
        const id = toDeadLetterId(cursor) ?? 0;
        expect([timestampUs, timeUs, row, upToRow, id].every(Number.isSafeInteger)).toBe(true);
        expect([zone, toSensorId(cursor) ?? ''].every((one) => typeof one === 'string')).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('leads back to the reading it was made from', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), (timestampUs, zone) => {
        expect(toPosition(readingCursor({ timestampUs, zone }))).toEqual({ timestampUs, zone });
      }),
    );
  });
});
