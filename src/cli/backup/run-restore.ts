import { NestFactory } from '@nestjs/core';

import { GatewayConfigModule } from '../../common/config/config.module.js';
import { GatewayConfig } from '../../common/config/gateway-config.js';
import { placeOf } from '../../influx/store-place.js';
import { restoreBackup, type RestoreOptions } from './restore-backup.js';

/** As restoreBackup(), into the DATA_DIR of a gateway that starts here. */
export async function runRestore(dir: string, options: RestoreOptions): Promise<void> {
  const quiet = { abortOnError: false, logger: false } as const;
  const context = await NestFactory.createApplicationContext(GatewayConfigModule, quiet);
  const { storage, store } = context.get(GatewayConfig);
  await restoreBackup(dir, { dataDir: storage.dataDir, store: placeOf(store).kind }, options);
}
