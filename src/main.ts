import 'reflect-metadata';

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Logger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { VERSION } from './common/config/version.js';
import { GatewayConfigModule } from './common/config/config.module.js';
import { GatewayConfig } from './common/config/gateway-config.js';
import { StartError } from './common/errors/start-error.js';
import { createLogger, type PinoLogger } from './common/logging/pino-logger.js';
import { createScrub } from './common/logging/scrub.js';
import { GatewayServer } from './http/server/gateway-server.js';
import { CallError } from './common/errors/call-error.js';
import { explainDiskError } from './common/disk/explain-disk-error.js';
import { startTracing, stopTracing } from './common/tracing/start-tracing.js';

/** How long requests under way, or the start, may still take when the gateway stops; then they are cut off. */
const FINISH_MS = 8_000;
/** A start that takes longer says why. */
const SLOW_START_MS = 2_000;

/** Where the demo looks for a gateway when it is not told. */
const DEFAULT_URL = 'http://127.0.0.1:8000';

/** Errors are thrown instead of ending the process, and Nest says nothing of its own beforehand. */
const QUIET = { abortOnError: false, logger: false } as const;

const logger = new Logger('Gateway');

/** Runs the gateway until SIGTERM or SIGINT. What stops the start is said in one message. */
async function main(): Promise<void> {
  // What it makes is for nobody else on this machine: files 0600, folders 0700.
  process.umask(0o077);
  let log = loggerOf(new GatewayConfig());
  // A stack would hide what a StartError says to a person.
  const fail = (error: unknown): never => {
    log.fatal(error instanceof StartError ? error.message : error, 'Gateway');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  try {
    const config = await loadConfig();
    log = loggerOf(config);
    const door = await GatewayServer.open(config.server);
    await startTracing(config);
    const starting = createApp(config, door, log);
    stopOnSignal(config, door, starting);
    const app = await starting;
    const http = app.getHttpAdapter().getInstance();
    door.serve((request, response) => {
      http.routing(request, response);
    });
    logStartLines(config, door.url);
  } catch (error) {
    // A file that was opened may still not be written, on a disk that is full or broken.
    fail(
      error instanceof CallError
        ? new StartError(explainDiskError(error.path, error), { cause: error })
        : error,
    );
  }
}

function loggerOf(config: GatewayConfig): PinoLogger {
  return createLogger(config.logging, createScrub(config));
}

/** The configuration alone, because the port is opened before the application is made. */
async function loadConfig(): Promise<GatewayConfig> {
  return (await NestFactory.createApplicationContext(GatewayConfigModule, QUIET)).get(GatewayConfig);
}

/** Makes the application, which recovers what is on disk; probes are answered meanwhile. */
async function createApp(
  config: GatewayConfig,
  door: GatewayServer,
  log: LoggerService,
): Promise<NestFastifyApplication> {
  const slow = setTimeout(() => {
    log.log(`Recovering what is on disk; until then ${door.url} answers probes alone`, 'Gateway');
  }, SLOW_START_MS).unref();
  // Loaded here, while probes are answered already: it is nearly half of what there is to load.
  const [{ AppModule }, { createAdapter, setUp }] = await Promise.all([
    import('./app.module.js'),
    import('./app.setup.js'),
  ]);
  const options = { ...QUIET, bodyParser: false };
  const adapter = createAdapter(config, door);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, options);
  Logger.overrideLogger(log);
  await setUp(app, config);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  clearTimeout(slow);
  return app;
}

function stopOnSignal(
  config: GatewayConfig,
  door: GatewayServer,
  starting: Promise<NestFastifyApplication>,
): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    void stopGateway(config, door, starting, signal);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Readiness first, then the port, then what is under way, then the files; exit code 0. */
async function stopGateway(
  { server: { shutdownDelayMs } }: GatewayConfig,
  door: GatewayServer,
  starting: Promise<NestFastifyApplication>,
  signal: string,
): Promise<void> {
  logger.log(`Stopping on ${signal}`);
  const app = await Promise.race([starting, sleep(FINISH_MS)]);
  // What was being recovered is recovered at the next start.
  if (!app) process.exit(0);
  const { Readiness } = await import('./health/readiness.js');
  app.get(Readiness).addReason('The gateway is stopping');
  await sleep(shutdownDelayMs);
  setTimeout(() => {
    door.closeAllConnections();
  }, FINISH_MS).unref();
  await app.close();
  await stopTracing();
  logger.log('Stopped');
  process.exit(0);
}

function logStartLines(config: GatewayConfig, url: string): void {
  logger.log(`PredictionX ${VERSION} listens on ${url}; its interface is shown at ${url}/api/docs`);
  logger.log(`Send a reading: ${exampleCall(url)}`);
  logger.log(`Read it back: curl ${url}/api/latest/sensor_001`);
  if (config.logging.format === 'pretty') tellPeople(config, url);
}

/** The last lines on a terminal: what a person wants to know next. Programs that read the log do not get them. */
function tellPeople({ storage: { dataDir }, store: { influxUrl } }: GatewayConfig, url: string): void {
  const folder = resolve(dataDir);
  logger.log(`Page: ${url}/`);
  logger.log(
    `Example data: npm run demo${url === DEFAULT_URL ? '' : ` -- --url ${url}`} (in a second terminal)`,
  );
  logger.log(
    influxUrl === undefined
      ? `Your data: ${folder}`
      : `Your data: readings in InfluxDB at ${influxUrl}, the rest in ${folder}`,
  );
}

function exampleCall(url: string): string {
  const reading = { sensorId: 'sensor_001', zone: 'zone_A', value: 42.5, latencyMs: 12.3 };
  return `curl -X POST ${url}/api/ingest -H 'Content-Type: application/json' -d '${JSON.stringify(reading)}'`;
}

await main();
