import { workerData } from 'node:worker_threads';

import { serveCalls } from '../common/workers/serve-calls.js';
import {
  type Appended,
  JournalFiles,
  type JournalOptions,
  type JournalStart,
  type Released,
} from './journal-files.js';
import type { Counters } from './checkpoint.js';
import type { Record } from './record.js';

/** What the journal asks of its thread. */
export interface JournalCalls extends globalThis.Record<string, (...args: never[]) => unknown> {
  start(): JournalStart;
  append(records: Uint8Array, lastSeq: number): Appended;
  read(afterSeq: number, maxBytes: number): Record[];
  release(releasedSeq: number, keepAfterSeq: number, counters: Counters, neededAfterSeq: number): Released;
  replaceByGap(seq: number): void;
}

const { path, ...options } = workerData as JournalOptions & { path: string };
const files = new JournalFiles(path, options);
const calls: JournalCalls = {
  start: () => files.start,
  append: (records, lastSeq) => files.append(records, lastSeq),
  read: (afterSeq, maxBytes) => files.read(afterSeq, maxBytes),
  release: (...args) => files.release(...args),
  replaceByGap: (seq) => {
    files.replaceByGap(seq);
  },
};
serveCalls(calls, () => {
  files.close();
});
