import { type Abstract, type FactoryProvider, Global, Module } from '@nestjs/common';

import { KeyStorage } from '../auth/key-storage.js';
import { ClockStorage } from '../clock/clock-storage.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { ReadingLog } from '../journal/reading-log.js';
import { EventStorage } from '../logs/event-storage.js';
import { Ledger } from '../pipeline/state/ledger.js';
import { RulesThread } from '../rules/rules-thread.js';
import { LocalPersistence } from './local-persistence.js';

function opened<T>(
  provide: Abstract<T>,
  useFactory: (persistence: LocalPersistence) => Promise<T>,
): FactoryProvider<Promise<T>> {
  return { provide, inject: [LocalPersistence], useFactory };
}

/**
 * The one place that chooses where the gateway keeps what it keeps besides readings. Whoever injects one of these opens nothing,
 * and closes it.
 */
@Global()
@Module({
  providers: [
    {
      provide: LocalPersistence,
      inject: [GatewayConfig, DataDir],
      useFactory: (config: GatewayConfig, dataDir: DataDir) => new LocalPersistence(config, dataDir),
    },
    opened(ClockStorage, (persistence) => persistence.openClocks()),
    opened(KeyStorage, (persistence) => persistence.openKeys()),
    opened(EventStorage, (persistence) => persistence.openEvents()),
    opened(Ledger, (persistence) => persistence.openLedger()),
    {
      provide: ReadingLog,
      inject: [LocalPersistence, Ledger],
      useFactory: (persistence: LocalPersistence, ledger: Ledger) => persistence.openLog(ledger),
    },
    {
      provide: RulesThread,
      // They wait for the log: a start that fails before it is open has fewer threads to end.
      inject: [LocalPersistence, ReadingLog],
      useFactory: (persistence: LocalPersistence) => persistence.openRules(),
    },
  ],
  exports: [ClockStorage, KeyStorage, EventStorage, Ledger, ReadingLog, RulesThread],
})
export class PersistenceModule {}
