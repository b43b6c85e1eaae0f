import 'reflect-metadata';

import { setTimeout as sleep } from 'node:timers/promises';

import { Logger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { collectGarbage } from './common/collect-garbage.js';
import { VERSION } from './common/config/version.js';
import { GatewayConfigModule } from './common/config/config.module.js';
import { GatewayConfig } from './common/config/gateway-config.js';
import { StartError } from './common/errors/start-error.js';
import { createLogger, type PinoLogger } from './common/logging/pino-logger.js';
import { createScrub } from './common/logging/scrub.js';
import { GatewayServer } from './http/server/gateway-server.js';
import { INGEST_ROUTES } from './ingest/ingest-routes.js';
import { CallError } from './common/errors/call-error.js';
import { explainDiskError } from './common/disk/explain-disk-error.js';
import { startTracing, stopTracing } from './common/tracing/start-tracing.js';

/** How long requests in flight, or the start, may still take when the gateway stops; then they are cut off. */
const FINISH_MS = 8_000;
/** A start that takes longer is logged. */
const SLOW_START_MS = 2_000;

/** The URL that the demo uses by default. */
const DEFAULT_URL = 'http://127.0.0.1:8000';

/** Nest throws errors instead of ending the process, and does not log them first. */
const QUIET = { abortOnError: false, logger: false } as const;

const logger = new Logger('Gateway');

/** Runs the gateway until SIGTERM, SIGINT or SIGHUP. A start error is logged as one message. */
async function main(): Promise<void> {
  // Other users of this machine get no access to new files (0600) and folders (0700).
  process.umask(0o077);
  let log = loggerOf(new GatewayConfig());
  // A stack would hide the message of a StartError.
  const fail = (error: unknown): never => {
    log.fatal(error instanceof StartError ? error.message : error, 'Gateway');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  try {
    const config = await loadConfig();
    log = loggerOf(config);
    const server = await GatewayServer.open(config.server, INGEST_ROUTES);
    await startTracing(config);
    const starting = createApp(config, server, log);
    stopOnSignal(config, server, starting);
    const app = await starting;
    const http = app.getHttpAdapter().getInstance();
    const { FastPath } = await import('./fast-path/fast-path.js');
    const fastPath = app.get(FastPath);
    server.serve(
      fastPath.before((request, response) => {
        http.routing(request, response);
      }),
    );
    logStartLines(config, server.url);
    await logState(app);
  } catch (error) {
    fail(explained(error));
  }
}

/** A write to an open file may still fail, on a disk that is full or broken, and so may any other use of a path. */
function explained(error: unknown): unknown {
  if (error instanceof StartError) return error;
  const { path, syscall } = error as NodeJS.ErrnoException;
  const isOfFile = error instanceof CallError || syscall !== undefined;
  return isOfFile && path ? new StartError(explainDiskError(path, error), { cause: error }) : error;
}

function loggerOf(config: GatewayConfig): PinoLogger {
  return createLogger(config.logging, createScrub(config));
}

/** Loads only the configuration, because the port opens before the application is created. */
async function loadConfig(): Promise<GatewayConfig> {
  return (await NestFactory.createApplicationContext(GatewayConfigModule, QUIET)).get(GatewayConfig);
}

/** Creates the application, which recovers data from disk; meanwhile the server answers probes. */
async function createApp(
  config: GatewayConfig,
  server: GatewayServer,
  log: LoggerService,
): Promise<NestFastifyApplication> {
  const slowStart = setTimeout(() => {
    log.log(`Recovering what is on disk; until then ${server.url} answers only probes`, 'Gateway');
  }, SLOW_START_MS).unref();
  // Loaded here, while the server already answers probes: it is nearly half of all code to load.
  const [{ AppModule }, { createAdapter, configureApp }, { RequestChain }] = await Promise.all([
    import('./app.module.js'),
    import('./app.setup.js'),
    import('./http/hooks/request-chain.js'),
  ]);
  // What their loading left is more than a quarter of the heap. There are no data yet, so this takes the same time always.
  await collectGarbage();
  const chain = new RequestChain();
  const options = { ...QUIET, bodyParser: false };
  const adapter = createAdapter(config, server, chain);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, options);
  Logger.overrideLogger(log);
  await configureApp(app, config, chain);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  clearTimeout(slowStart);
  return app;
}

function stopOnSignal(
  config: GatewayConfig,
  server: GatewayServer,
  starting: Promise<NestFastifyApplication>,
): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    void stopGateway(config, server, starting, signal);
  };
  // SIGHUP: a terminal that is closed. Without a handler Node.js ends at once, even under nohup.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);
}

/** Ends readiness first, then closes the port, waits for requests in flight, and closes the files; exit code 0. */
async function stopGateway(
  { server: { shutdownDelayMs } }: GatewayConfig,
  server: GatewayServer,
  starting: Promise<NestFastifyApplication>,
  signal: string,
): Promise<void> {
  logger.log(`Stopping on ${signal}`);
  const app = await Promise.race([starting, sleep(FINISH_MS)]);
  // The application is still starting: the next start recovers the data.
  if (!app) process.exit(0);
  const { Readiness } = await import('./health/readiness.js');
  app.get(Readiness).addReason('The gateway is stopping');
  await sleep(shutdownDelayMs);
  setTimeout(() => {
    server.closeAllConnections();
  }, FINISH_MS).unref();
  await app.close();
  await stopTracing();
  logger.log('Stopped');
  process.exit(0);
}

/** On a terminal the page comes first, and what to do next. Programs that read the log get the line with the URL first. */
function logStartLines({ logging }: GatewayConfig, url: string): void {
  const here = urlOnThisMachine(url);
  const listens = `PredictionX ${VERSION} listens on ${url}; its interface is shown at ${here}/api/docs`;
  const first = [`Send a reading: ${exampleCall(here)}`, `Read it back: curl ${here}/api/latest/sensor_001`];
  const demo = `npm run demo${here === DEFAULT_URL ? '' : ` -- --url ${here}`}`;
  const lines =
    logging.format === 'pretty'
      ? [`Open the page: ${here}/`, ...first, `Show example data: ${demo} (in a second terminal)`, listens]
      : [listens, ...first];
  for (const line of lines) logger.log(line);
}

/** Who may use the gateway, and what it has. */
async function logState(app: NestFastifyApplication): Promise<void> {
  const [{ KeyEvents }, { DataSummary }] = await Promise.all([
    import('./auth/key-events.js'),
    import('./about/data-summary.js'),
  ]);
  const { hint } = app.get(KeyEvents);
  if (hint !== undefined) logger.log(hint);
  logger.log(`Your data: ${app.get(DataSummary).text}`);
}

/** A gateway on all addresses of a machine is reached on the loopback one; browsers refuse the address that means all. */
function urlOnThisMachine(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

function exampleCall(url: string): string {
  const reading = { sensorId: 'sensor_001', zone: 'zone_A', value: 42.5, latencyMs: 12.3 };
  return `curl -X POST ${url}/api/ingest -H 'Content-Type: application/json' -d '${JSON.stringify(reading)}'`;
}

await main();
