import fc from 'fast-check';

import { decodeEntry, encodeEntry, isFromNewerGateway } from '../../src/journal/entry-codec.js';
import { countOf, type Entry, newestIds } from '../../src/journal/entry.js';
import type { Reading } from '../../src/model/reading.js';

const SAFE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const reading: fc.Arbitrary<Reading> = fc
  .record({
    sensorId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    zone: fc.oneof(fc.constantFrom('a', 'b', '__proto__'), fc.string({ unit: 'grapheme', minLength: 1 })),
    value: number,
    latencyMs: fc.option(number, { nil: undefined }),
    timestampUs: fc.oneof(fc.integer(SAFE), fc.integer({ min: 1_769_774_400e6, max: 1_769_774_401e6 })),
  })
  .map(({ latencyMs, ...one }) => (latencyMs === undefined ? one : { ...one, latencyMs }));
const plain: fc.Arbitrary<Entry> = fc.record(
  {
    acceptedMs: fc.nat(),
    readings: fc.array(reading, { maxLength: 20 }),
    remembered: fc.record(
      {
        key: fc.string(),
        holder: fc.string(),
        fingerprint: fc.string(),
        answer: fc.string(),
        expiresUs: fc.nat(),
      },
      { requiredKeys: ['key', 'fingerprint', 'answer', 'expiresUs'] },
    ),
  },
  { requiredKeys: ['acceptedMs', 'readings'] },
);
const steady = fc.record({ run: fc.nat(), ms: fc.nat() });
/** With what it says of the clocks. */
const accepted: fc.Arbitrary<Entry> = fc
  .tuple(plain, fc.constantFrom('', '1', '2', '0121'), fc.nat(63), steady)
  .map(([one, marks, residue, time]) => {
    if (marks === '') return one;
    const stamps = one.readings.length === marks.length ? marks : marks[0];
    return { ...one, stamps, residue, steady: time };
  });
const replay: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.nat(),
    fc.array(fc.tuple(reading, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))),
    fc.boolean(),
  )
  .map(([acceptedMs, letters, isMerged]) => ({
    acceptedMs,
    readings: letters.map(([one]) => one),
    replayed: letters.flatMap(([, ids]) => (isMerged ? ids : ids.slice(0, 1))),
    ...(isMerged && { merged: letters.map(([, ids]) => ids.length) }),
  }));
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const deletion: fc.Arbitrary<Entry> = fc.record({
  acceptedMs: fc.nat(),
  readings: fc.constant([]),
  steady,
  deletion: fc.record(
    { sensorId: text, zone: text, fromUs: fc.integer(SAFE), toUs: fc.integer(SAFE), requestedBy: text },
    { requiredKeys: ['sensorId', 'fromUs', 'toUs', 'requestedBy'] },
  ),
});
const entry = fc.oneof(accepted, replay, deletion);

describe('a journal entry', () => {
  it('is decoded as it was encoded, wherever its bytes begin', () => {
    fc.assert(
      fc.property(entry, fc.nat(9), (one, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), encodeEntry(one)]);
        expect(decodeEntry(bytes.subarray(offset), countOf(one))).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [
      'rows',
      '{"t":5,"r":[["s1","z1",1.5,2.5,1769774400000000],["s2","z2",3,null,-1]],"k":{"key":"k","fingerprint":"f","answer":"{}","expiresUs":9},"d":[7,8]}',
    ],
    [
      'columns of text',
      '{"t":5,"b":1769774400000000,"s":["s1","s2"],"z":[0,1],"n":["z1","z2"],"v":[1.5,3],"l":[2.5,null],"u":[0,-1769774400000001],"k":{"key":"k","fingerprint":"f","answer":"{}","expiresUs":9},"d":[7,8]}',
    ],
  ])('is read as earlier builds wrote it, in %s', (_name, text) => {
    expect(decodeEntry(Buffer.from(text), 2)).toEqual({
      acceptedMs: 5,
      readings: [
        { sensorId: 's1', zone: 'z1', value: 1.5, latencyMs: 2.5, timestampUs: 1_769_774_400_000_000 },
        { sensorId: 's2', zone: 'z2', value: 3, timestampUs: -1 },
      ],
      remembered: { key: 'k', fingerprint: 'f', answer: '{}', expiresUs: 9 },
      replayed: [7, 8],
    });
  });

  it('is read as earlier builds wrote it, without a version', () => {
    fc.assert(
      fc.property(entry, (one) => {
        expect(decodeEntry(encodeEntry(one).subarray(1), countOf(one))).toEqual(one);
      }),
    );
  });

  it('is recognised when only a newer gateway can read it', () => {
    const range = { sensorId: 's', fromUs: 0, toUs: 1, requestedBy: 'somebody' };
    const [before = 0] = encodeEntry({ acceptedMs: 1, readings: [] });
    const [current = 0] = encodeEntry({ acceptedMs: 1, readings: [], deletion: range });
    // Without a deletion, the previous gateway can read it.
    expect(before).toBe(current - 1);
    const isNewer = (first: number): boolean => isFromNewerGateway(Uint8Array.of(first, 1, 2));
    expect([current + 1, 31].map(isNewer)).toEqual([true, true]);
    // Entries without a version began with a mark or with JSON; a gap has no bytes.
    expect([current, 1, 0x7b, 0].map(isNewer)).toEqual([false, false, false, false]);
    expect(isFromNewerGateway(new Uint8Array())).toBe(false);
  });

  it('is refused when its bytes are damaged', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.nat(7), (one, place, bit) => {
        const bytes = encodeEntry(one);
        const cut = bytes.subarray(0, place % bytes.length);
        expect(decodeEntry(cut, countOf(one))).toBeUndefined();
        expect(decodeEntry(bytes, countOf(one) + 1)).toBeUndefined();
        // A checksum detects such a bit; decoding must neither throw nor return another number of readings.
        bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ (1 << bit);
        const damaged = decodeEntry(bytes, countOf(one));
        expect(damaged ? countOf(damaged) : countOf(one)).toBe(countOf(one));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{}', 0],
    ['null', 0],
    ['[]', 0],
    ['7', 0],
    ['', 0],
    ['{"t":1}', 0],
    ['{"t":"1","r":[]}', 0],
    ['{"t":1,"r":{}}', 0],
    ['{"t":1,"r":[1]}', 1],
    ['{"t":1,"r":[["s","z",1,null]]}', 1],
    ['{"t":1,"r":[["s","z","1",null,1]]}', 1],
    ['{"t":1,"r":[["s",2,1,null,1]]}', 1],
    ['{"t":1,"r":[["s","z",1,null,1.5]]}', 1],
    ['{"t":1,"r":[["s","z",1,null,9007199254740992]]}', 1],
    ['{"t":1,"r":[["s","z",1e999,null,1]]}', 1],
    ['{"t":1,"r":[],"k":{"key":"k"}}', 0],
    ['{"t":1,"r":[],"d":["7"]}', 0],
    ['{"t":1,"r":[],"x":null}', 1],
    ['{"t":1,"r":[],"x":{"sensorId":"s","fromUs":0,"toUs":1}}', 1],
    ['{"t":1,"r":[],"x":{"sensorId":"s","fromUs":0,"toUs":"1","requestedBy":"x"}}', 1],
    ['{"t":1,"r":[["s","z",1,null,1]],"x":{"sensorId":"s","fromUs":0,"toUs":1,"requestedBy":"x"}}', 1],
    ['{"t":5,"b":1,"s":["s1"],"z":[1],"n":["z1"],"v":[1.5],"l":[2.5],"u":[0]}', 1],
  ])('is refused when it is %s', (text, count) => {
    expect(decodeEntry(Buffer.from(text), count)).toBeUndefined();
    expect(decodeEntry(Buffer.from(`\u0002${text}`), count)).toBeUndefined();
  });

  it('counts every dead letter that it holds, merged or not, and gives the newest id of each reading', () => {
    const readings = [1, 2, 3].map((value) => ({ sensorId: 's', zone: 'z', value, timestampUs: value }));
    const one = { acceptedMs: 1, readings };
    expect(countOf(one)).toBe(3);
    const replayed = { ...one, replayed: [4, 5, 9] };
    expect([countOf(replayed), newestIds(replayed)]).toEqual([3, [4, 5, 9]]);
    const merged = { ...one, replayed: [4, 8, 2, 5, 6, 7], merged: [2, 1, 3] };
    expect([countOf(merged), newestIds(merged)]).toEqual([6, [8, 2, 7]]);
  });
});
