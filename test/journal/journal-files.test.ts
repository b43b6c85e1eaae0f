import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { JournalFiles } from '../../src/journal/journal-files.js';
import { CheckpointFile } from '../../src/journal/checkpoint.js';
import {
  encodeRecord,
  FIRST_FORMAT,
  HEADER_BYTES,
  type Record,
  writeRecord,
} from '../../src/journal/record.js';
import { newSegmentName } from '../../src/journal/segment.js';
import { emptyFolder } from '../support/environment.js';

const NONE = { stored: 0, deadLettered: 0, damaged: 0 };

/** A record as the journal's thread receives it. */
function frame(record: Record): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + record.body.length);
  writeRecord(bytes, 0, record);
  return bytes;
}

function open(folder: string, releasedSeq: number): JournalFiles {
  return new JournalFiles(join(folder, 'journal'), {
    releasedSeq,
    segmentBytes: 2_000,
    reserveBytes: 0,
    aside: join(folder, 'damaged'),
  });
}

type Step =
  | { readonly kind: 'append'; readonly counts: readonly number[]; readonly bytes: number }
  | { readonly kind: 'release'; readonly share: number }
  | { readonly kind: 'restart' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('append' as const),
      counts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      bytes: fc.integer({ min: 1, max: 1_500 }),
    }),
    fc.record({ kind: fc.constant('release' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  ),
  { maxLength: 40 },
);

describe('JournalFiles', () => {
  it('returns what was appended and not released, in order, through any restarts', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const folder = emptyFolder();
        let files = open(folder, 0);
        let lastSeq = 0;
        let released = 0;
        let pending: { seq: number; count: number; body: string }[] = [];
        for (const step of all) {
          if (step.kind === 'append') {
            const records = step.counts.map((count) => {
              const record = { seq: lastSeq + 1, count, body: Buffer.alloc(step.bytes, `${lastSeq} `) };
              pending.push({ ...record, body: record.body.toString() });
              lastSeq += count;
              return frame(record);
            });
            files.append(Buffer.concat(records), lastSeq);
          } else if (step.kind === 'release') {
            const done = pending.splice(0, Math.floor(pending.length * step.share)).at(-1);
            if (done) released = done.seq + done.count - 1;
            files.release(released, released, NONE);
          } else {
            files.close();
            files = open(folder, released);
            expect(files.start).toMatchObject({
              acknowledgedSeq: lastSeq,
              releasedSeq: released,
              losses: [],
            });
          }
          const read: typeof pending = [];
          for (let position = released; ;) {
            const records = files.read(position, 1 << 20);
            const last = records.at(-1);
            if (!last) break;
            read.push(
              ...records.map(({ seq, count, body }) => ({ seq, count, body: Buffer.from(body).toString() })),
            );
            position = last.seq + last.count - 1;
          }
          expect(read).toEqual(pending);
        }
        files.close();
        pending = [];
      }),
      { numRuns: 60 },
    );
  });

  it('frees the space of what is released', () => {
    const files = open(emptyFolder(), 0);
    let bytes = 0;
    for (let seq = 1; seq <= 100; seq += 1)
      bytes = files.append(frame({ seq, count: 1, body: Buffer.alloc(500) }), seq).journalBytes;
    expect(bytes).toBe(100 * 524);
    expect(files.release(50, 50, NONE).journalBytes).toBeLessThan(55 * 524);
    expect(files.release(100, 100, NONE).journalBytes).toBeLessThan(2_000);
    files.close();
  });

  it('accepts nothing that would need the reserve', () => {
    const folder = emptyFolder();
    const options = {
      releasedSeq: 0,
      segmentBytes: 2_000,
      reserveBytes: 1e15,
      aside: join(folder, 'damaged'),
    };
    const files = new JournalFiles(join(folder, 'journal'), options);
    const record = frame({ seq: 1, count: 1, body: Buffer.from('x') });
    expect(() => files.append(record, 1)).toThrow('the disk is full up to the reserve');
    expect(files.read(0, 1 << 20)).toEqual([]);
    files.close();
  });

  describe('opened with files that were changed', () => {
    const body = (text: string): Buffer => Buffer.from(text.padEnd(40));
    /** What the journal returns: the text of each record, or the number of lost readings for a gap. */
    const contentOf = (files: JournalFiles): (string | number)[] => {
      const content: (string | number)[] = [];
      for (let position = files.start.releasedSeq; ;) {
        const records = files.read(position, 1 << 20);
        const last = records.at(-1);
        if (!last) return content;
        for (const record of records)
          content.push(record.body.length === 0 ? record.count : Buffer.from(record.body).toString().trim());
        position = last.seq + last.count - 1;
      }
    };
    /** A folder with three records of two readings each, in one file. */
    const written = (): { folder: string; path: string } => {
      const folder = emptyFolder();
      const files = open(folder, 0);
      for (const seq of [1, 3, 5]) files.append(frame({ seq, count: 2, body: body(`at ${seq}`) }), seq + 1);
      files.close();
      const journal = join(folder, 'journal');
      const [name = ''] = readdirSync(journal).filter((file) => file.endsWith('.seg'));
      return { folder, path: join(journal, name) };
    };

    it('rejects a record that was copied to another place or from another file', () => {
      const { folder, path } = written();
      const bytes = readFileSync(path);
      const size = bytes.length / 3;
      // Another journal has the same sequence numbers, and its records are as sound.
      const other = readFileSync(written().path);
      other.copy(bytes, size, size, 2 * size);
      bytes.copy(bytes, 2 * size, 0, size);
      writeFileSync(path, bytes);
      const files = open(folder, 0);
      expect(files.start).toMatchObject({ acknowledgedSeq: 6, losses: [{ readings: 4 }] });
      expect(contentOf(files)).toEqual(['at 1', 4]);
      files.close();
    });

    it('finds damage that came after the start, and returns no other record for it', () => {
      const { folder, path } = written();
      const files = open(folder, 0);
      const bytes = readFileSync(path);
      const at = bytes.length / 3 + HEADER_BYTES;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      expect(contentOf(files)).toEqual(['at 1', 2, 'at 5']);
      files.close();
    });

    it('replaces a record by a gap on request, and keeps the original file', () => {
      const { folder, path } = written();
      const before = readFileSync(path);
      const files = open(folder, 0);
      expect(contentOf(files)).toEqual(['at 1', 'at 3', 'at 5']);
      files.append(frame({ seq: 7, count: 1, body: body('at 7') }), 7);
      files.replaceByGap(3);
      files.append(frame({ seq: 8, count: 1, body: body('at 8') }), 8);
      files.replaceByGap(7);
      files.append(frame({ seq: 9, count: 1, body: body('at 9') }), 9);
      expect(contentOf(files)).toEqual(['at 1', 2, 'at 5', 1, 'at 8', 'at 9']);
      files.close();
      const again = open(folder, 0);
      expect(again.start.losses).toEqual([]);
      expect(contentOf(again)).toEqual(['at 1', 2, 'at 5', 1, 'at 8', 'at 9']);
      again.close();
      const aside = join(folder, 'damaged');
      const kept = readdirSync(aside).map((name) => readFileSync(join(aside, name)));
      expect(kept).toHaveLength(2);
      expect(kept).toContainEqual(before);
    });

    it('counts more lost readings than one record can hold, once', () => {
      const folder = emptyFolder();
      mkdirSync(join(folder, 'journal'));
      const acknowledgedSeq = 2 ** 33 + 5;
      const checkpoint = new CheckpointFile(join(folder, 'journal', 'noted'));
      checkpoint.write({ ...NONE, acknowledgedSeq, releasedSeq: 10 });
      checkpoint.close();
      for (const losses of [[{ file: 'a missing segment', readings: 2 ** 33 - 5 }], []]) {
        const files = open(folder, 0);
        expect(files.start).toMatchObject({ acknowledgedSeq, releasedSeq: 10, losses });
        expect(contentOf(files)).toEqual([2 ** 32 - 1, 2 ** 32 - 4]);
        files.close();
      }
    });

    it.each([
      ['beyond what can be counted', Number.MAX_SAFE_INTEGER - 1, 5],
      ['that take no numbers', 1, 0],
    ])('skips records %s', (_what, seq, count) => {
      const folder = emptyFolder();
      const journal = join(folder, 'journal');
      mkdirSync(journal);
      const { path, key } = newSegmentName(journal, 1);
      writeFileSync(path, encodeRecord(key, 0, { seq, count, body: body('x') }));
      const files = open(folder, 0);
      expect(files.start).toMatchObject({ acknowledgedSeq: 0, losses: [], strays: [] });
      expect(contentOf(files)).toEqual([]);
      files.close();
    });

    it('does not let a forged record in a file of an earlier build raise its numbers', () => {
      const folder = emptyFolder();
      const journal = join(folder, 'journal');
      mkdirSync(journal);
      const spelt = encodeRecord(FIRST_FORMAT, 0, { seq: 9e15, count: 1, body: body('spelt') });
      const records = [1, 2, 3].map((seq) =>
        encodeRecord(FIRST_FORMAT, 0, { seq, count: 1, body: seq === 2 ? spelt : body(`at ${seq}`) }),
      );
      const bytes = Buffer.concat(records);
      const at = (records[0]?.length ?? 0) + 4;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(journal, '0000000000000001.seg'), bytes);
      const files = open(folder, 0);
      expect(files.start).toMatchObject({ acknowledgedSeq: 3, losses: [{ readings: 1 }] });
      expect(contentOf(files)).toEqual(['at 1', 1, 'at 3']);
      files.close();
    });

    it('reports no loss when it is not known what was released', () => {
      const { folder } = written();
      const released = open(folder, 6);
      released.append(frame({ seq: 7, count: 1, body: body('at 7') }), 7);
      released.release(6, 6, NONE);
      released.close();
      writeFileSync(join(folder, 'journal', 'noted'), 'garbage');
      const files = new JournalFiles(join(folder, 'journal'), {
        releasedSeq: undefined,
        segmentBytes: 2_000,
        reserveBytes: 0,
        aside: join(folder, 'damaged'),
      });
      expect(files.start).toMatchObject({ acknowledgedSeq: 7, releasedSeq: 6, losses: [] });
      expect(contentOf(files)).toEqual(['at 7']);
      files.close();
    });
  });
});
