import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { SteadyClock } from '../clock/steady-clock.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { InfluxModule } from '../influx/influx.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
import { KnownSensors } from '../registry/known-sensors.js';
import { LogsModule } from '../logs/logs.module.js';
import { SystemLog } from '../logs/system-log.js';
import { SensorsModule } from '../sensors/sensors.module.js';
import { SensorsService } from '../sensors/sensors.service.js';
import { RulesController } from './rules.controller.js';
import { RulesRunner } from './rules-runner.js';
import { RulesThread } from './rules-thread.js';
import { RulesService } from './rules.service.js';
import { RuleTrialService } from './rule-trial.service.js';

@Module({
  imports: [InfluxModule, PipelineModule, LogsModule, SensorsModule],
  controllers: [RulesController],
  providers: [
    RulesService,
    RuleTrialService,
    {
      provide: RulesRunner,
      inject: [GatewayConfig, RulesThread, JournalFeed, KnownSensors, SystemLog, SteadyClock],
      useFactory: (
        config: GatewayConfig,
        thread: RulesThread,
        journal: JournalFeed,
        sensors: KnownSensors,
        log: SystemLog,
        steady: SteadyClock,
      ) => RulesRunner.open(config, thread, journal, sensors, log, steady),
    },
  ],
  exports: [RulesRunner],
})
export class RulesModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly runner: RulesRunner,
    sensors: SensorsService,
  ) {
    sensors.use(runner);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
