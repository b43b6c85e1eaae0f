import {
  type Abstract,
  type FactoryProvider,
  Global,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { AcceptanceClock } from './acceptance-clock.js';
import { ClockStorage } from './clock-storage.js';
import { ClockWatch } from './clock-watch.js';
import { Clocks } from './clocks.js';
import { ExpiryClock } from './expiry-clock.js';
import { SteadyClock } from './steady-clock.js';

function clock<T>(provide: Abstract<T> | Type<T>, useFactory: (clocks: Clocks) => T): FactoryProvider<T> {
  return { provide, inject: [Clocks], useFactory };
}

/** Gives every room the time, each use the clock that it may believe. */
@Global()
@Module({
  providers: [
    {
      provide: Clocks,
      inject: [GatewayConfig, ClockStorage],
      useFactory: ({ readings: { clockStepMaxMs } }: GatewayConfig, storage: ClockStorage) =>
        Clocks.open(storage, clockStepMaxMs),
    },
    clock(AcceptanceClock, ({ acceptance }) => acceptance),
    clock(ClockWatch, ({ watch }) => watch),
    clock(ExpiryClock, ({ expiry }) => expiry),
    clock(SteadyClock, ({ steady }) => steady),
  ],
  exports: [AcceptanceClock, ClockWatch, ExpiryClock, SteadyClock],
})
export class ClockModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly clocks: Clocks) {}

  onApplicationBootstrap(): void {
    this.clocks.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.clocks.stop();
  }
}
