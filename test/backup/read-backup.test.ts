import { createHash } from 'node:crypto';

import fc from 'fast-check';

import { FIRST_LINE, frameHead, FrameKind, summaryOf } from '../../src/backup/backup-format.js';
import { decodeJournalPage, encodeJournalPage } from '../../src/backup/journal-page.js';
import { readBackup } from '../../src/backup/read-backup.js';
import { decodeReadingsPage, encodeReadingsPage, type ReadingRow } from '../../src/backup/readings-page.js';

const NOTHING = { journalFrom: 0, journalTo: 0, readings: 0 };
const HEADER = { format: 1, version: '0.1.0', createdAt: '2026-01-30T00:00:00Z', store: 'embedded' };

interface Part {
  readonly kind: FrameKind;
  readonly body: Buffer;
}

const json = (kind: FrameKind, value: object): Part => ({ kind, body: Buffer.from(JSON.stringify(value)) });
const bytesOf = ({ kind, body }: Part): Buffer => Buffer.concat([frameHead(kind, body.length), body]);

/** A whole backup with these frames between its header and its end. */
function backupOf(parts: readonly Part[], header: object = HEADER): Buffer {
  const before = Buffer.concat([FIRST_LINE, ...[json(FrameKind.HEADER, header), ...parts].map(bytesOf)]);
  const sha256 = createHash('sha256').update(before).update(summaryOf(NOTHING)).digest('hex');
  return Buffer.concat([before, bytesOf(json(FrameKind.END, { ...NOTHING, sha256 }))]);
}

async function* inChunks(bytes: Buffer, size = bytes.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) {
    await Promise.resolve();
    yield bytes.subarray(at, at + Math.max(1, size));
  }
}

async function read(bytes: Buffer, chunkBytes?: number): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const { kind, body } of readBackup(inChunks(bytes, chunkBytes)))
    parts.push({ kind, body: Buffer.from(body) });
  return parts;
}

const SMALL = backupOf([
  json(FrameKind.FILE, { name: 'clock' }),
  { kind: FrameKind.CONTENT, body: Buffer.from('some content') },
  { kind: FrameKind.CONTENT, body: Buffer.alloc(0) },
]);

describe('a backup', () => {
  it('is read as it was written, however it is cut into chunks', async () => {
    const part = fc.record({
      kind: fc.constantFrom(FrameKind.CONTENT, FrameKind.READINGS, FrameKind.JOURNAL),
      body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }),
        fc.integer({ min: 1, max: 500 }),
        async (parts, size) => {
          const found = await read(backupOf(parts), size);
          expect(found.slice(1, -1)).toEqual(parts);
        },
      ),
    );
  });

  it('is refused when it was cut off, wherever that was', async () => {
    for (let length = 0; length < SMALL.length; length += 1)
      await expect(read(SMALL.subarray(0, length))).rejects.toThrow(/cut off/);
  });

  it('is refused when any bit is wrong, or more follows', async () => {
    for (let at = 0; at < SMALL.length; at += 1) {
      const bytes = Buffer.from(SMALL);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await expect(read(bytes)).rejects.toThrow(/damaged|cut off|not a backup|newer/);
    }
    await expect(read(Buffer.concat([SMALL, Buffer.from('x')]))).rejects.toThrow(/behind its end/);
  });

  it('is refused when a newer gateway wrote it in another format, with the version that can restore it', async () => {
    const newer = backupOf([], { ...HEADER, format: 2, version: '9.1.0' });
    await expect(read(newer)).rejects.toThrow('a newer gateway made it (version 9.1.0)');
  });

  it('says why the gateway gave up', async () => {
    const given = Buffer.concat([
      FIRST_LINE,
      bytesOf(json(FrameKind.HEADER, HEADER)),
      bytesOf(json(FrameKind.FAILED, { message: 'it is shutting down' })),
    ]);
    await expect(read(given)).rejects.toThrow('the gateway gave up: it is shutting down');
  });
});

describe('the pages of a backup', () => {
  it('keep readings, with every number and name, and absent latencies', () => {
    const names = ['a', 'b "quoted", ß', 'c\u2028d'];
    const zones = ['hall 1', 'Halle ß'];
    const row = fc.tuple(
      fc.nat({ max: names.length - 1 }),
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
      fc.nat({ max: zones.length - 1 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null }),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 50 }), (unordered) => {
        const rows: ReadingRow[] = unordered.toSorted(([a], [b]) => a - b);
        const bytes = encodeReadingsPage(
          rows,
          (sensor) => names[sensor] ?? '',
          (zone) => zones[zone] ?? '',
        );
        expect(decodeReadingsPage(bytes)).toEqual(
          rows.map(([sensor, timestampUs, zone, value, latencyMs]) => ({
            sensorId: names[sensor],
            zone: zones[zone],
            value,
            timestampUs,
            ...(latencyMs !== null && { latencyMs }),
          })),
        );
      }),
    );
  });

  it('keep entries of the journal, also those whose readings are lost', () => {
    const entry = fc.record({
      position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      count: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      body: fc.uint8Array({ maxLength: 100 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const found = decodeJournalPage(Buffer.concat(encodeJournalPage(entries)));
        expect(found.map((one) => ({ ...one, body: new Uint8Array(one.body) }))).toEqual(entries);
      }),
    );
  });
});
