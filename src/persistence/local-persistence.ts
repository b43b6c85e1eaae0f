import { KEY_FILE } from '../auth/key-file.js';
import type { KeyStorage } from '../auth/key-storage.js';
import { LocalKeyStorage } from '../auth/local-key-storage.js';
import { ClockFile } from '../clock/clock-file.js';
import type { ClockStorage } from '../clock/clock-storage.js';
import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { DataDir } from '../data-dir/data-dir.js';
import { Journal } from '../journal/journal.js';
import type { ReadingLog } from '../journal/reading-log.js';
import type { EventStorage } from '../logs/event-storage.js';
import { LocalEventStorage } from '../logs/local-event-storage.js';
import type { Ledger } from '../pipeline/state/ledger.js';
import { LocalLedger } from '../pipeline/state/local-ledger.js';
import { openLocalRules } from '../rules/open-local-rules.js';
import type { RulesThread } from '../rules/rules-thread.js';

/** Opens everything that the gateway keeps besides readings in files below DATA_DIR. */
export class LocalPersistence {
  constructor(
    private readonly config: GatewayConfig,
    private readonly dataDir: DataDir,
  ) {}

  /** @throws StartError when a file cannot be opened or read */
  openClocks(): Promise<ClockStorage> {
    return ClockFile.open([this.dataDir.file('clock'), this.dataDir.file('clock.copy')]);
  }

  /** @throws StartError when the file cannot be opened */
  openKeys(): Promise<KeyStorage> {
    return LocalKeyStorage.open(this.dataDir.file(KEY_FILE), this.dataDir);
  }

  /** @throws StartError when the file cannot be opened */
  openEvents(): Promise<EventStorage> {
    return LocalEventStorage.open(this.dataDir.file('system-log.db'), this.dataDir);
  }

  /** @throws StartError when the file cannot be opened */
  openLedger(): Promise<Ledger> {
    return LocalLedger.open(this.dataDir.file('state.db'), this.dataDir);
  }

  /**
   * @param ledger the one of this log
   * @throws StartError when the folder cannot be used
   */
  openLog({ start: { releasedSeq } }: Ledger): Promise<ReadingLog> {
    const { journalMaxBytes, diskReserveBytes: reserveBytes } = this.config.storage;
    return Journal.open(this.dataDir.file('journal'), journalMaxBytes, this.dataDir, {
      releasedSeq,
      reserveBytes,
    });
  }

  /** @throws StartError when the file cannot be opened */
  openRules(): Promise<RulesThread> {
    return openLocalRules(this.dataDir.file('rules.db'), this.dataDir);
  }
}
