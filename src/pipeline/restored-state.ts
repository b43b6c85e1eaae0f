import type { FileOptions } from '../common/workers/call-thread.js';
import type { Counters } from '../journal/checkpoint.js';
import type { Position } from '../journal/journal-entry.js';
import { LocalLedger } from './state/local-ledger.js';

/** What state.db of a backup says about the journal that belongs to it. */
export interface RestoredState {
  /** Everything up to here has left the journal. */
  readonly releasedSeq: Position;
  readonly counters: Counters;
  /** The journal's identity in the backup, and the new one. */
  readonly identityBefore: string;
  readonly identity: string;
  /** Where the file was moved to, because it is damaged. */
  readonly damagedFile: string | undefined;
}

/**
 * Gives the restored journal a new identity, because its next positions are other readings than those of the journal that
 * it is a copy of: a client of the stream that knows an old one is reset.
 * @param file state.db; no gateway may use it
 * @param lastSeq the journal's last position
 * @throws StartError when it cannot be opened, or a newer gateway wrote it
 */
export async function renewRestoredState(
  file: string,
  options: FileOptions,
  lastSeq: Position,
): Promise<RestoredState> {
  const ledger = await LocalLedger.open(file, options);
  try {
    const { releasedSeq = 0, counters, identity: identityBefore } = ledger.start;
    const identity = await ledger.renew(lastSeq);
    return { releasedSeq, counters, identityBefore, identity, damagedFile: ledger.damagedFile };
  } finally {
    await ledger.close();
  }
}
