import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { KeyEvents } from './key-events.js';
import { AuthRunner } from './auth-runner.js';
import { AuthHook } from './auth-hook.js';
import { KeyRing } from './key-ring.js';
import { KeyStorage } from './key-storage.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { OpenResponses } from './open-responses.js';
import { QuotaFactory } from './quota-factory.js';
import { WrongKeyLimiter } from './wrong-key-limiter.js';

@Module({
  controllers: [KeysController],
  providers: [
    KeyEvents,
    KeysService,
    AuthRunner,
    AuthHook,
    OpenResponses,
    QuotaFactory,
    WrongKeyLimiter,
    {
      provide: KeyRing,
      inject: [GatewayConfig, KeyStorage, ExpiryClock],
      useFactory: (config: GatewayConfig, storage: KeyStorage, clock: ExpiryClock) =>
        KeyRing.open(config, storage, clock),
    },
  ],
  exports: [AuthHook],
})
export class AuthModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly runner: AuthRunner) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
