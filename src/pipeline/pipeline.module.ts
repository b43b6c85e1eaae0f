import {
  type Abstract,
  type FactoryProvider,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { SteadyClock } from '../clock/steady-clock.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { InfluxModule } from '../influx/influx.module.js';
import { ReadingStore } from '../influx/reading-store.js';
import { ReadingLog } from '../journal/reading-log.js';
import { KnownSensors } from '../registry/known-sensors.js';
import { DamageReports } from './damage-reports.js';
import { DeadLetterBound } from './dead-letter-bound.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { Deletions } from './deletions.js';
import { ForwarderMonitor } from './forwarder-monitor.js';
import { Forwarder } from './forwarder.js';
import { Intake } from './intake.js';
import { JournalFeed } from './journal-feed.js';
import { PipelineMonitor } from './pipeline-monitor.js';
import { PipelineController } from './pipeline.controller.js';
import { PipelineRunner } from './pipeline-runner.js';
import { PipelineService } from './pipeline.service.js';
import { Pipeline } from './pipeline.js';
import { RefusedCounter, RefusedReadings } from './refused-counter.js';
import { RememberedAnswers } from './remembered-answers.js';
import { SensorKeeper } from './sensor-keeper.js';
import { SensorLookup } from './sensor-lookup.js';
import { Ledger } from './state/ledger.js';
import { StoreMemory } from './store-memory.js';

/** Other rooms get the parts that they need, never the pipeline as a whole. */
function partOfPipeline<T>(provide: Abstract<T>, useFactory: (pipeline: Pipeline) => T): FactoryProvider<T> {
  return { provide, inject: [Pipeline], useFactory };
}

@Module({
  imports: [InfluxModule],
  controllers: [PipelineController],
  providers: [
    PipelineRunner,
    PipelineService,
    RefusedCounter,
    { provide: RefusedReadings, useExisting: RefusedCounter },
    {
      provide: Pipeline,
      inject: [GatewayConfig, Ledger, ReadingLog, SteadyClock, ExpiryClock],
      useFactory: (
        config: GatewayConfig,
        ledger: Ledger,
        journal: ReadingLog,
        steady: SteadyClock,
        expiry: ExpiryClock,
      ) => Pipeline.open(config, ledger, journal, steady, expiry),
    },
    {
      provide: Forwarder,
      inject: [Pipeline, ReadingStore],
      useFactory: (pipeline: Pipeline, store: ReadingStore) => new Forwarder(pipeline, store),
    },
    { provide: ForwarderMonitor, useExisting: Forwarder },
    {
      provide: SensorLookup,
      inject: [Pipeline, ReadingStore, GatewayConfig],
      useFactory: (pipeline: Pipeline, store: ReadingStore, config: GatewayConfig) =>
        new SensorLookup(pipeline.sensors, store, config.store.timeoutMs),
    },
    partOfPipeline(DamageReports, (pipeline) => pipeline.damages),
    partOfPipeline(DeadLetterBound, (pipeline) => pipeline.deadLetterUsage),
    partOfPipeline(DeadLetterStore, (pipeline) => pipeline.deadLetters),
    partOfPipeline(Deletions, (pipeline) => pipeline.deletions),
    partOfPipeline(Intake, (pipeline) => pipeline.intake),
    partOfPipeline(JournalFeed, (pipeline) => pipeline.feed),
    partOfPipeline(KnownSensors, (pipeline) => pipeline.sensors),
    partOfPipeline(PipelineMonitor, (pipeline) => pipeline.monitor),
    partOfPipeline(RememberedAnswers, (pipeline) => pipeline.answers),
    partOfPipeline(SensorKeeper, (pipeline) => pipeline.keeper),
    partOfPipeline(StoreMemory, (pipeline) => pipeline.storeMemory),
  ],
  exports: [
    DamageReports,
    DeadLetterBound,
    DeadLetterStore,
    Deletions,
    ForwarderMonitor,
    Intake,
    JournalFeed,
    KnownSensors,
    PipelineMonitor,
    PipelineService,
    RefusedCounter,
    RefusedReadings,
    RememberedAnswers,
    SensorKeeper,
    SensorLookup,
    StoreMemory,
  ],
})
export class PipelineModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly runner: PipelineRunner) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
