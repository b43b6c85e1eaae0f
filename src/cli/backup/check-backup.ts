import { createReadStream, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { BackupError } from '../../backup/backup-error.js';
import { BACKUP_FILE, type BackupEnd, type BackupHeader, FrameKind } from '../../backup/backup-format.js';
import { decodeJournalPage } from '../../backup/journal-page.js';
import { type Frame, parseEnd, parseFileName, parseHeader, readBackup } from '../../backup/read-backup.js';
import { VERSION } from '../../common/config/version.js';
import { isFromNewerGateway } from '../../journal/entry-codec.js';
import { type EntryBytes, positionBefore } from '../../journal/journal-entry.js';
import { hasNewerSchema } from './known-schemas.js';

const CHUNK_BYTES = 1 << 20;

/** A backup that is whole. */
export interface CheckedBackup {
  readonly path: string;
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  readonly bytes: number;
}

/** @returns the path of a backup, of which the folder or the file is named */
export function findBackup(dir: string): string {
  const path = resolve(dir);
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  if (statSync(path).isFile()) return path;
  const file = join(path, BACKUP_FILE);
  if (existsSync(file)) return file;
  const hint = existsSync(`${file}.part`) ? `: ${file}.part was cut off, make a new backup` : '';
  throw new Error(`${path} holds no ${BACKUP_FILE}${hint}`);
}

/** The frames of a backup. @throws BackupError */
export function framesOf(path: string): AsyncGenerator<Frame> {
  return readBackup(createReadStream(path, { highWaterMark: CHUNK_BYTES }));
}

/**
 * Reads all of a backup.
 * @throws BackupError when it is damaged, cut off or of a newer gateway
 */
export async function checkBackup(path: string): Promise<CheckedBackup> {
  let header: BackupHeader | undefined;
  let end: BackupEnd | undefined;
  let first: number | undefined;
  let position: number | undefined;
  let isNewer = false;
  let hasState = false;
  let name = '';
  for await (const { kind, body } of framesOf(path)) {
    if (kind === FrameKind.HEADER) header = parseHeader(body);
    if (kind === FrameKind.FILE) {
      name = parseFileName(body);
      hasState ||= name === 'state.db';
    }
    if (kind === FrameKind.CONTENT) {
      isNewer ||= hasNewerSchema(name, body);
      // What follows is not the beginning.
      name = '';
    }
    if (kind === FrameKind.END) end = parseEnd(body, 0);
    if (kind !== FrameKind.JOURNAL) continue;
    for (const entry of journalIn(body)) {
      const before = positionBefore(entry);
      if (before !== (position ?? before))
        throw new BackupError(`it is damaged: the journal in it has a gap at ${before}`);
      first ??= before;
      ({ position } = entry);
      isNewer ||= isFromNewerGateway(entry.body);
    }
  }
  if (!header || !end || !hasState) throw new BackupError('it is damaged: a part of it is missing');
  const { journalFrom, journalTo } = end;
  if (
    (first ?? journalFrom) !== journalFrom ||
    (position ?? journalTo) !== journalTo ||
    journalFrom > journalTo
  )
    throw new BackupError('it is damaged: the journal in it is not whole');
  if (isNewer || isNewerVersion(header.version))
    throw new BackupError(
      `a newer gateway made it (version ${header.version}, this one is ${VERSION}). Restore it with that version`,
    );
  return { path, header, end, bytes: statSync(path).size };
}

function journalIn(body: Buffer): EntryBytes[] {
  try {
    return decodeJournalPage(body);
  } catch (error) {
    throw new BackupError('it is damaged: the journal in it cannot be read', { cause: error });
  }
}

/** Compares the three numbers of a version. */
function isNewerVersion(version: string): boolean {
  const [theirs, ours] = [version, VERSION].map((one) => one.split(/[.+-]/, 3).map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (theirs?.[index] ?? 0) - (ours?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
