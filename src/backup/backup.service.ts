import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';

import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnModuleInit,
  StreamableFile,
} from '@nestjs/common';

import type { Principal } from '../auth/principal.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { CallError } from '../common/errors/call-error.js';
import { isDiskFull } from '../common/disk/explain-disk-error.js';
import { tryAgain } from '../common/errors/gateway-error.js';
import { DataDir } from '../data-dir/data-dir.js';
import { placeOf } from '../influx/store-place.js';
import type { JournalHold } from '../journal/journal-cursor.js';
import type { JournalRefusal } from '../journal/journal-watch.js';
import { EventLog } from '../model/event-log.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { BackupFiles } from './backup-files.js';
import { BACKUP_FILE, COPIES_FOLDER } from './backup-format.js';
import { BackupRun } from './backup-run.js';

/** The journal keeps up to this share of JOURNAL_MAX_BYTES for a backup that a slow client reads, which is given up then. */
const MAX_JOURNAL_SHARE = 1 / 2;
const NOT_READ = 'the client did not read it to its end';
const RETRY_AFTER_S = 30;
const DISK_RETRY_AFTER_S = 60;

/** A backup that is being made. */
interface Current {
  readonly hold: JournalHold;
  files: BackupFiles | undefined;
  /** Why it must be given up. */
  problem: string | undefined;
}

/** Makes backups of everything that the gateway keeps, one at a time. */
@Injectable()
export class BackupService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Backup');
  private current: Current | undefined;
  /** Ends when the files of the backup before are closed. */
  private released = Promise.resolve();

  constructor(
    private readonly config: GatewayConfig,
    private readonly dataDir: DataDir,
    private readonly journal: JournalFeed,
    private readonly monitor: PipelineMonitor,
    private readonly log: EventLog,
  ) {
    monitor.onGroup(() => {
      this.checkJournal();
    });
    monitor.onRefused((refusal) => {
      this.makeRoom(refusal);
    });
  }

  /** Frees the space of a backup that was killed. */
  async onModuleInit(): Promise<void> {
    try {
      await rm(this.dataDir.file(COPIES_FOLDER), { recursive: true, force: true });
    } catch (error) {
      this.logger.warn(`Cannot delete ${COPIES_FOLDER}: ${(error as Error).message}`);
    }
  }

  /** A backup would delay the end; its last frame says why it is not whole. */
  beforeApplicationShutdown(): void {
    if (this.current) this.current.problem ??= 'it is shutting down';
  }

  /**
   * Starts a backup: everything that was acknowledged before is in it. It is made as fast as the client reads it.
   * @param clientGone ends it
   * @param isSent whether the operating system has all of the response
   * @throws GatewayError TOO_BUSY while another one runs; DISK_FULL when there is no space for a copy of state.db
   */
  async start(principal: Principal, clientGone: AbortSignal, isSent: () => boolean): Promise<StreamableFile> {
    if (this.current)
      throw tryAgain('TOO_BUSY', 'Another backup is running; only one runs at a time', RETRY_AFTER_S);
    // First of all: what leaves the journal from now on is in the copies that are made later, or stays.
    const hold = this.journal.hold();
    const current: Current = { hold, files: undefined, problem: undefined };
    this.current = current;
    try {
      const createdAt = new Date().toISOString();
      // Both have the same folder for their copies.
      await this.released;
      const files = await BackupFiles.open(this.dataDir);
      current.files = files;
      const stateBytes = await files.copy('state.db');
      if (stateBytes === undefined) throw new Error('state.db is missing');
      const store = placeOf(this.config.store).kind;
      const about = { createdAt, store };
      const run = new BackupRun(files, this.journal, hold, stateBytes, about, () => current.problem);
      return this.stream(run, current, principal, clientGone, isSent);
    } catch (error) {
      await this.release(current);
      throw toGatewayError(error);
    }
  }

  /** Ends what a backup keeps from others; another one may begin. May be called twice. */
  private release(current: Current): Promise<void> {
    if (this.current === current) {
      this.current = undefined;
      this.released = current.hold.close().then(() => current.files?.close());
    }
    return this.released;
  }

  private stream(
    run: BackupRun,
    current: Current,
    principal: Principal,
    clientGone: AbortSignal,
    isSent: () => boolean,
  ): StreamableFile {
    const startedMs = performance.now();
    let isWhole = false;
    const content = run.content((failure) => {
      isWhole = failure === undefined;
      current.problem ??= failure;
      // The next backup may begin while the client receives the last bytes.
      void this.release(current);
    });
    const stream = Readable.from(content, { objectMode: false });
    const end = (): void => {
      clientGone.removeEventListener('abort', end);
      stream.destroy();
      void this.release(current);
      // The last bytes of one that is whole may still be in buffers of this process.
      const failure = isWhole && isSent() ? undefined : (current.problem ?? NOT_READ);
      void this.end(failure, run.bytes, performance.now() - startedMs, principal);
    };
    // Once the response is closed, whether it is complete or not.
    clientGone.addEventListener('abort', end);
    if (clientGone.aborted) end();
    return new StreamableFile(stream, {
      type: 'application/octet-stream',
      disposition: `attachment; filename="${BACKUP_FILE}"`,
    });
  }

  private async end(
    failure: string | undefined,
    bytes: number,
    tookMs: number,
    { name }: Principal,
  ): Promise<void> {
    const size = `${(bytes / (1 << 20)).toFixed(1)} MiB in ${(tookMs / 1000).toFixed(1)} s`;
    if (failure === undefined) {
      this.logger.log(`A backup was made: ${size}`);
      await this.log.record('normal', `${name} made a backup (${size})`);
    } else {
      this.logger.warn(`A backup was not completed (${size}): ${failure}`);
      await this.log.record('anomaly', `A backup for ${name} was not completed: ${failure}`);
    }
  }

  /** Gives the journal's space back when a backup would fill it, also while the client reads nothing. */
  private checkJournal(): void {
    const { current, monitor } = this;
    if (!current || current.hold.heldBytes < monitor.journalMaxBytes * MAX_JOURNAL_SHARE) return;
    this.giveUp(
      current,
      `it was read so slowly that the journal kept ${MAX_JOURNAL_SHARE * 100} % of JOURNAL_MAX_BYTES for it`,
    );
  }

  /** Readings are worth more than a backup, which can be made again. */
  private makeRoom(refusal: JournalRefusal): void {
    const { current } = this;
    if (!current) return;
    if (refusal === 'DISK_FULL')
      this.giveUp(current, 'the disk of DATA_DIR is full, and readings were refused');
    else if (refusal === 'JOURNAL_FULL' && current.hold.heldBytes > 0)
      this.giveUp(current, 'the journal is full, and readings were refused');
  }

  /** At once, also while the client reads nothing: it learns why when it reads on. */
  private giveUp(current: Current, problem: string): void {
    current.problem ??= problem;
    // While it starts, its files are not known yet.
    if (current.files) void this.release(current);
    else void current.hold.close();
  }
}

function toGatewayError(error: unknown): unknown {
  if (!(error instanceof CallError) || !(error.code === 'DISK_FULL' || isDiskFull(error))) return error;
  const detail = `The disk of DATA_DIR has too little space for a backup: ${error.message}`;
  return tryAgain('DISK_FULL', detail, DISK_RETRY_AFTER_S, error);
}
