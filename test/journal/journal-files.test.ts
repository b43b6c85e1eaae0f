import { join } from 'node:path';

import fc from 'fast-check';

import { HEADER_BYTES, type Record, writeRecord } from '../../src/journal/record.js';
import { JournalFiles } from '../../src/journal/journal-files.js';
import { emptyFolder } from '../support/environment.js';

const NONE = { stored: 0, deadLettered: 0, damaged: 0 };

/** A record as the journal's thread is given it. */
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
  it('gives back what was appended and not released, in order, through any restarts', () => {
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

  it('gives the space of what is released back', () => {
    const files = open(emptyFolder(), 0);
    let bytes = 0;
    for (let seq = 1; seq <= 100; seq += 1)
      bytes = files.append(frame({ seq, count: 1, body: Buffer.alloc(500) }), seq).journalBytes;
    expect(bytes).toBe(100 * 524);
    expect(files.release(50, 50, NONE).journalBytes).toBeLessThan(55 * 524);
    expect(files.release(100, 100, NONE).journalBytes).toBeLessThan(2_000);
    files.close();
  });

  it('accepts nothing that would take of the reserve', () => {
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
});
