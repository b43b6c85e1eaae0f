import { Global, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';

import { GatewayConfig } from './gateway-config.js';
import { readConfig } from './read-config.js';

/** Provides GatewayConfig to every module, read from the environment and .env. */
@Global()
@Module({
  imports: [ConfigModule.forRoot()],
  providers: [{ provide: GatewayConfig, inject: [ConfigService], useFactory: readConfig }],
  exports: [GatewayConfig],
})
export class GatewayConfigModule {}
