import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { IngestModule } from '../ingest/ingest.module.js';
import { LatestModule } from '../latest/latest.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { FastPath } from './fast-path.js';
import { LatestReading } from './latest-reading.js';
import { PlainAnswers } from './plain-answers.js';
import { PlainSenders } from './plain-senders.js';
import { SingleReadings } from './single-readings.js';

@Module({
  imports: [AuthModule, IngestModule, LatestModule, MetricsModule],
  providers: [FastPath, LatestReading, PlainAnswers, PlainSenders, SingleReadings],
  exports: [FastPath],
})
export class FastPathModule {}
