import { fdatasyncSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { basename } from 'node:path';

import { closeQuietly, syncFolder } from '../common/disk/sync-folder.js';
import { addChecksums } from './record.js';
import {
  createFile,
  deleteQuietly,
  newSegmentName,
  type Segment,
  unlinkIfThere,
  writeAll,
} from './segment.js';

/** The result of one append. */
interface Written {
  /** The segment as it was before. */
  readonly segment: Segment;
  /** How long the disk took to sync it, milliseconds. */
  readonly syncMs: number;
}

/** Appends to the last segment, begins new ones, and never writes again into a file whose write or sync failed. */
export class SegmentWriter {
  /** The file that is appended to; undefined before the first and after a failure. */
  private activeFd: number | undefined;
  /** Files that hold only refused records: nothing is accepted, and no file made, before they are deleted. */
  private readonly refused: string[] = [];
  /**
   * Empty files. Their names may be all that says where the last segment ends, so they stay until the next file is there.
   * After a loss of power they may hold refused records, so nothing is accepted before they are deleted.
   */
  private readonly emptied: string[] = [];
  /** Whether the last segment may have refused records behind its end, and no successor that says where that is. */
  private isOpenEnded = false;

  /**
   * @param segments the journal's, in order; new ones are added here
   * @param segmentBytes a segment of this size is followed by the next one
   * @param acknowledgedSeq the last sequence number that was acknowledged
   */
  constructor(
    private readonly folder: string,
    private readonly segments: Segment[],
    private readonly segmentBytes: number,
    private acknowledgedSeq: number,
  ) {}

  /** Whether a file is open to be appended to. */
  get isActive(): boolean {
    return this.activeFd !== undefined;
  }

  /**
   * Appends whole records and returns once they are on the disk.
   * @param records without marker and checksum, which are added here
   * @param lastSeq the last sequence number in them
   * @throws Error with the system's code: nothing of it is kept
   */
  append(records: Buffer, lastSeq: number): Written {
    const { fd, segment } = this.activeSegment();
    addChecksums(segment.key, segment.size, records);
    let syncMs: number;
    try {
      writeAll(fd, records, segment.size);
      const begunMs = performance.now();
      fdatasyncSync(fd);
      syncMs = performance.now() - begunMs;
    } catch (error) {
      // After a failed fsync nobody knows which pages did not reach the disk, and a second fsync may falsely
      // succeed (fsyncgate, https://lwn.net/Articles/752063): this file is never written again.
      this.abandonActive(fd);
      throw error;
    }
    this.segments[this.segments.length - 1] = { ...segment, lastSeq, size: segment.size + records.length };
    this.acknowledgedSeq = lastSeq;
    return { segment, syncMs };
  }

  /**
   * Closes the file if somebody deleted it: data in a file without a name is lost at the next start.
   * @returns the name that it had
   */
  leaveDeleted(): string | undefined {
    const last = this.segments.at(-1);
    if (!last || this.activeFd === undefined || fstatSync(this.activeFd).nlink > 0) return undefined;
    this.closeActive();
    return basename(last.path);
  }

  /** Begins a new segment with the next append. */
  closeActive(): void {
    const fd = this.activeFd;
    this.activeFd = undefined;
    if (fd !== undefined) closeQuietly(fd);
  }

  /** A cut is only known to be on the disk once the next segment's name is; the next append needs it anyway. */
  closeOpenEnd(): void {
    if (!this.isOpenEnded && this.emptied.length === 0) return;
    try {
      this.activeSegment();
    } catch {
      // The next append tries again, and fails with what prevents it.
    }
  }

  private activeSegment(): { fd: number; segment: Segment } {
    const last = this.segments.at(-1);
    let active: { fd: number; segment: Segment };
    if (last && this.activeFd !== undefined && last.size < this.segmentBytes)
      active = { fd: this.activeFd, segment: last };
    else {
      this.closeActive();
      active = this.beginSegment();
    }
    this.deleteEmptied();
    return active;
  }

  /** Its name says where the segment before it ends, once its folder is synced. */
  private beginSegment(): { fd: number; segment: Segment } {
    for (let path = this.refused.at(-1); path !== undefined; path = this.refused.at(-1)) {
      unlinkIfThere(path);
      this.refused.pop();
    }
    const name = newSegmentName(this.folder, this.acknowledgedSeq + 1);
    const fd = this.createSegment(name.path);
    const last = this.segments.at(-1);
    // One that holds nothing is followed by one with the same number.
    if (last && last.lastSeq < last.firstSeq && deleteQuietly(last.path)) this.segments.pop();
    const segment = { ...name, lastSeq: name.firstSeq - 1, size: 0 };
    this.segments.push(segment);
    this.activeFd = fd;
    this.isOpenEnded = false;
    return { fd, segment };
  }

  private createSegment(path: string): number {
    try {
      return createFile(this.folder, path, new Uint8Array());
    } catch (error) {
      // A name that is not synced survives the death of the process, but perhaps not a loss of power.
      if (this.isOpenEnded && this.emptied.length === 0 && makeEmpty(path)) this.emptied.push(path);
      throw error;
    }
  }

  private deleteEmptied(): void {
    if (this.emptied.length === 0) return;
    this.emptied.forEach(unlinkIfThere);
    syncFolder(this.folder);
    this.emptied.length = 0;
  }

  /** Makes sure that no later start takes unacknowledged records for accepted ones. */
  private abandonActive(fd: number): void {
    this.activeFd = undefined;
    const segment = this.segments.at(-1);
    let isCut = false;
    try {
      ftruncateSync(fd, segment?.size ?? 0);
      isCut = true;
    } catch {
      // The next start skips what is behind `size`, because the next segment's name says where this one ends.
    }
    closeQuietly(fd);
    if (segment?.size === 0) {
      this.segments.pop();
      (isCut ? this.emptied : this.refused).push(segment.path);
    }
    this.isOpenEnded = true;
    this.closeOpenEnd();
  }
}

/** @returns whether it is there */
function makeEmpty(path: string): boolean {
  try {
    closeQuietly(openSync(path, 'wx'));
    return true;
  } catch {
    return false;
  }
}
