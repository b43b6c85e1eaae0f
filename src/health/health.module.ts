import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { InfluxModule } from '../influx/influx.module.js';
import { HealthController } from './health.controller.js';
import { StoreHealthIndicator } from './store.health-indicator.js';

@Module({
  imports: [InfluxModule, TerminusModule],
  controllers: [HealthController],
  providers: [StoreHealthIndicator],
})
export class HealthModule {}
