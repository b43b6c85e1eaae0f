import 'reflect-metadata';

import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { VERSION } from './about/version.js';
import { AppModule } from './app.module.js';
import { createAdapter, setUp } from './app.setup.js';
import { GatewayConfigModule } from './config/config.module.js';
import { GatewayConfig } from './config/gateway-config.js';
import { StartError } from './errors/start-error.js';
import { createLogger } from './logging/pino-logger.js';
import { startTracing, stopTracing } from './tracing/start-tracing.js';

/** How long requests under way may still take when the gateway stops; then their connections are cut. */
const DRAIN_MS = 8_000;

/** Errors are thrown instead of ending the process, and Nest says nothing of its own beforehand. */
const QUIET = { abortOnError: false, logger: false } as const;

const logger = new Logger('Gateway');

/** Runs the gateway until SIGTERM or SIGINT. What stops the start is said in one message. */
async function main(): Promise<void> {
  let log = createLogger(new GatewayConfig());
  // A stack would hide what a StartError says to a person.
  const fail = (error: unknown): never => {
    log.fatal(error instanceof StartError ? error.message : error, 'Gateway');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  try {
    const config = await loadConfig();
    log = createLogger(config);
    await startTracing(config);
    const app = await createApp(config);
    Logger.overrideLogger(log);
    await listen(app, config);
  } catch (error) {
    fail(error);
  }
}

/** The configuration alone, because the HTTP server is made before the application's own modules are. */
async function loadConfig(): Promise<GatewayConfig> {
  return (await NestFactory.createApplicationContext(GatewayConfigModule, QUIET)).get(GatewayConfig);
}

async function createApp(config: GatewayConfig): Promise<NestFastifyApplication> {
  const options = { ...QUIET, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(config), options);
  await setUp(app, config);
  return app;
}

async function listen(app: NestFastifyApplication, { HOST, PORT }: GatewayConfig): Promise<void> {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    void stopGateway(app, signal);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await app.listen(Number(PORT), HOST);
  } catch (error) {
    await app.close();
    throw new StartError(`Cannot listen on HOST ${HOST}, PORT ${PORT}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const url = await app.getUrl();
  logger.log(`PredictionX ${VERSION} listens on ${url}; its interface is shown at ${url}/api/docs`);
  logger.log(`Send a reading: ${exampleCall(url)}`);
  logger.log(`Read it back: curl ${url}/api/latest/sensor_001`);
}

async function stopGateway(app: NestFastifyApplication, signal: string): Promise<void> {
  logger.log(`Stopping on ${signal}`);
  setTimeout(() => {
    app.getHttpServer().closeAllConnections();
  }, DRAIN_MS).unref();
  await app.close();
  await stopTracing();
  logger.log('Stopped');
  process.exit(0);
}

function exampleCall(url: string): string {
  const reading = { sensorId: 'sensor_001', zone: 'zone_A', value: 42.5, latencyMs: 12.3 };
  return `curl -X POST ${url}/api/ingest -H 'Content-Type: application/json' -d '${JSON.stringify(reading)}'`;
}

await main();
