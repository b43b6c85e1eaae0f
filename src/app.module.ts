import { Module } from '@nestjs/common';

import { AboutModule } from './about/about.module.js';
import { BackupModule } from './backup/backup.module.js';
import { ClockModule } from './clock/clock.module.js';
import { AuthModule } from './auth/auth.module.js';
import { GatewayConfigModule } from './common/config/config.module.js';
import { DataDirModule } from './data-dir/data-dir.module.js';
import { DeadLettersModule } from './dead-letters/dead-letters.module.js';
import { DrainModule } from './drain/drain.module.js';
import { FastPathModule } from './fast-path/fast-path.module.js';
import { HealthModule } from './health/health.module.js';
import { IngestModule } from './ingest/ingest.module.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { LatestModule } from './latest/latest.module.js';
import { LogsModule } from './logs/logs.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ReadingsModule } from './readings/readings.module.js';
import { RulesModule } from './rules/rules.module.js';
import { SensorsModule } from './sensors/sensors.module.js';
import { StreamModule } from './stream/stream.module.js';

@Module({
  imports: [
    GatewayConfigModule,
    DataDirModule,
    PersistenceModule,
    ClockModule,
    AuthModule,
    AboutModule,
    PipelineModule,
    DeadLettersModule,
    IngestModule,
    LatestModule,
    ReadingsModule,
    SensorsModule,
    StreamModule,
    LogsModule,
    RulesModule,
    HealthModule,
    DrainModule,
    BackupModule,
    MetricsModule,
    FastPathModule,
  ],
})
export class AppModule {}
