import * as fs from 'node:fs';
import { join } from 'node:path';

import { jest } from '@jest/globals';
import fc from 'fast-check';

import { HEADER_BYTES, writeRecord } from '../../src/journal/record.js';
import { emptyFolder } from '../support/environment.js';

/** The calls that the journal's thread makes on its folder. */
const CALLS = [
  'closeSync',
  'copyFileSync',
  'fdatasyncSync',
  'fsyncSync',
  'ftruncateSync',
  'linkSync',
  'openSync',
  'readSync',
  'renameSync',
  'statfsSync',
  'unlinkSync',
  'writeSync',
] as const;
const CODES = ['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES'];

/** A call that fails: before it does anything, after it has done all of it, or after half of a write. */
interface Fault {
  readonly call: (typeof CALLS)[number];
  /** How many of these calls come before it. */
  readonly skip: number;
  /** How many fail then. */
  readonly times: number;
  readonly how: 'before' | 'after' | 'half';
  readonly code: string;
}

/** The next faults; every other call goes to real files. */
let faults: { fault: Fault; seen: number }[] = [];

/** From here on, reads in the first 8 KiB of a file fail. */
let badFrom = Infinity;

function withFault(call: (typeof CALLS)[number], real: (...args: unknown[]) => unknown) {
  return (...args: unknown[]): unknown => {
    const due = faults
      .filter(({ fault }) => fault.call === call)
      .find((one) => {
        one.seen += 1;
        return one.seen > one.fault.skip && one.seen <= one.fault.skip + one.fault.times;
      });
    const [, , , length, position] = args as number[];
    if (call === 'readSync' && (position ?? 0) < 8_192 && (position ?? 0) + (length ?? 0) > badFrom)
      throw Object.assign(new Error('EIO: a bad block'), { code: 'EIO' });
    if (!due) return real(...args);
    if (due.fault.how === 'after') real(...args);
    if (due.fault.how === 'half' && call === 'writeSync')
      real(args[0], args[1], args[2], Math.floor((length ?? 0) / 2), position);
    throw Object.assign(new Error(`${due.fault.code}: injected, ${call}`), { code: due.fault.code });
  };
}

jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  ...Object.fromEntries(CALLS.map((call) => [call, withFault(call, fs[call] as never)])),
}));
const { JournalFiles } = await import('../../src/journal/journal-files.js');
type Files = InstanceType<typeof JournalFiles>;

const NONE = { stored: 0, deadLettered: 0, damaged: 0 };

function open(folder: string, releasedSeq: number, segmentBytes = 2_000): Files {
  return new JournalFiles(join(folder, 'journal'), {
    releasedSeq,
    segmentBytes,
    reserveBytes: 0,
    aside: join(folder, 'damaged'),
  });
}

interface Taken {
  readonly seq: number;
  readonly count: number;
  readonly body: string;
}

/** @throws Error when the disk fails to read it */
function readAll(files: Files, after: number): Taken[] {
  const read: Taken[] = [];
  for (let position = after; ;) {
    const records = files.read(position, 1 << 20);
    const last = records.at(-1);
    if (!last) return read;
    for (const { seq, count, body } of records) read.push({ seq, count, body: Buffer.from(body).toString() });
    position = last.seq + last.count - 1;
  }
}

type Step =
  | { readonly kind: 'append'; readonly counts: readonly number[]; readonly bytes: number }
  | { readonly kind: 'release'; readonly share: number }
  | { readonly kind: 'read' }
  | { readonly kind: 'stop' | 'kill' };

interface FaultyStep {
  readonly step: Step;
  readonly faults: Fault[];
}

const fault: fc.Arbitrary<Fault> = fc.record({
  call: fc.constantFrom(...CALLS),
  skip: fc.nat(3),
  times: fc.integer({ min: 1, max: 2 }),
  how: fc.constantFrom('before' as const, 'after' as const, 'half' as const),
  code: fc.constantFrom(...CODES),
});
const ONCE = { skip: 0, times: 1, how: 'before', code: 'EIO' } as const;
/** Refused records stay in the file: they are written, but neither synced nor cut off. */
const UNCUT: Fault[] = (['fdatasyncSync', 'ftruncateSync'] as const).map((call) => ({ ...ONCE, call }));

/** A file whose cut failed, then one that is refused as well, and no other in its place. */
const CUT_LATE: FaultyStep[] = [
  { step: { kind: 'append', counts: [1], bytes: 1 }, faults: [] },
  { step: { kind: 'append', counts: [1], bytes: 1 }, faults: UNCUT },
  {
    step: { kind: 'append', counts: [1], bytes: 1 },
    faults: (['fdatasyncSync', 'openSync'] as const).map((call) => ({ ...ONCE, call })),
  },
  { step: { kind: 'stop' }, faults: UNCUT },
];
/** The cut fails, and so does the sync of the file that would say where this one ends. */
const UNCUT_WITHOUT_NEXT: FaultyStep[] = [
  { step: { kind: 'append', counts: [1], bytes: 1 }, faults: [] },
  {
    step: { kind: 'append', counts: [1], bytes: 1 },
    faults: [
      { ...ONCE, call: 'fdatasyncSync', times: 2 },
      { ...ONCE, call: 'ftruncateSync' },
    ],
  },
  { step: { kind: 'kill' }, faults: [] },
];

const steps: fc.Arbitrary<FaultyStep[]> = fc.array(
  fc.record({
    step: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('append' as const),
          counts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
          bytes: fc.integer({ min: 1, max: 1_500 }),
        }),
      },
      fc.record({ kind: fc.constant('release' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant('read' as const) }),
      fc.record({ kind: fc.constantFrom('stop' as const, 'kill' as const) }),
    ),
    faults: fc.oneof(fc.array(fault, { maxLength: 2 }), fc.constant(UNCUT)),
  }),
  { maxLength: 60 },
);

describe('JournalFiles on a disk that fails now and then', () => {
  it('returns what was accepted, in order, and nothing that was refused, through any restarts', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const folder = emptyFolder();
        let files = open(folder, 0);
        let lastSeq = 0;
        let released = 0;
        let request = 0;
        let pending: Taken[] = [];
        const restart = (): void => {
          try {
            files = open(folder, released);
          } catch {
            // The system had no resources to read; the next start works.
            faults = [];
            files = open(folder, released);
          }
          expect(files.start).toMatchObject({ losses: [], strays: [] });
          // What left the journal last may still be in its last segment.
          expect(files.start.acknowledgedSeq).toBe(lastSeq);
        };
        for (const { step, faults: next } of all) {
          faults = next.map((fault) => ({ fault, seen: 0 }));
          if (step.kind === 'append') {
            const taken: Taken[] = [];
            let seq = lastSeq;
            const frames = step.counts.map((count) => {
              const body = Buffer.alloc(step.bytes, `request ${(request += 1)} `);
              const bytes = Buffer.alloc(HEADER_BYTES + body.length);
              writeRecord(bytes, 0, { seq: seq + 1, count, body });
              taken.push({ seq: seq + 1, count, body: body.toString() });
              seq += count;
              return bytes;
            });
            try {
              files.append(Buffer.concat(frames), seq);
              lastSeq = seq;
              pending.push(...taken);
            } catch (error) {
              expect(CODES).toContain((error as NodeJS.ErrnoException).code);
            }
          } else if (step.kind === 'release') {
            const done = pending.splice(0, Math.floor(pending.length * step.share)).at(-1);
            if (done) released = done.seq + done.count - 1;
            files.release(released, released, NONE);
          } else if (step.kind === 'read') {
            try {
              expect(readAll(files, released)).toEqual(pending);
            } catch (error) {
              expect(CODES).toContain((error as NodeJS.ErrnoException).code);
            }
          } else {
            if (step.kind === 'stop') files.close();
            restart();
          }
          faults = [];
          expect(readAll(files, released)).toEqual(pending);
        }
        files.close();
        restart();
        expect(readAll(files, released)).toEqual(pending);
        files.close();
        pending = [];
        fs.rmSync(folder, { recursive: true });
      }),
      { numRuns: 300, examples: [[CUT_LATE], [UNCUT_WITHOUT_NEXT]] },
    );
  });

  it('does not start on a block that cannot be read, and changes nothing', () => {
    const folder = emptyFolder();
    let files = open(folder, 0, 1 << 20);
    for (let seq = 1; seq <= 100; seq += 1) {
      const bytes = Buffer.alloc(HEADER_BYTES + 100, 'x');
      writeRecord(bytes, 0, { seq, count: 1, body: Buffer.alloc(100, `${seq} `) });
      files.append(bytes, seq);
    }
    files.close();
    const [segment = ''] = fs.readdirSync(join(folder, 'journal')).filter((name) => name.endsWith('.seg'));
    badFrom = 4_096;
    expect(() => open(folder, 0, 1 << 20)).toThrow(`EIO: a bad block '${join(folder, 'journal', segment)}'`);
    badFrom = Infinity;
    expect(fs.existsSync(join(folder, 'damaged'))).toBe(false);
    files = open(folder, 0, 1 << 20);
    expect(files.start).toMatchObject({ acknowledgedSeq: 100, losses: [], strays: [] });
    files.close();
    // As `dd conv=noerror,sync` copies a file with a bad block: the one from 4 to 8 KiB meets the 34th to the 67th record.
    const path = join(folder, 'journal', segment);
    fs.writeFileSync(path, fs.readFileSync(path).fill(0, 4_096, 8_192));
    files = open(folder, 0, 1 << 20);
    expect(files.start).toMatchObject({ acknowledgedSeq: 100, losses: [{ readings: 34 }], strays: [] });
    expect(readAll(files, 0).filter(({ body }) => body === '')).toEqual([{ seq: 34, count: 34, body: '' }]);
    expect(readAll(files, 0)).toHaveLength(67);
    files.close();
    expect(fs.readdirSync(join(folder, 'damaged'))).toHaveLength(1);
  });
});
