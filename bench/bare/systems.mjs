// The gateway and its peers: how to start each one, what it accepts, and how many readings it has stored.
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import Database from 'better-sqlite3';

import { startGateway } from '../gateway.mjs';
import { startInfluxd } from '../influxd.mjs';
import { rest } from '../process.mjs';
import { askGateway, askInfluxdb, embedded } from './history-work.mjs';
import { ON_LOAD_CORE, ON_SERVER_CORE } from './machine.mjs';
import { flaskPrograms, telegrafProgram, victoriaMetricsProgram } from './programs.mjs';
import { emptyFolder, startServer, startWith } from './server.mjs';
import { telegraf } from './telegraf.mjs';
import { victoriaMetrics } from './victoria-metrics.mjs';

const LISTENS = /listens on (http:\/\/\S+)/;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const DRAIN_TIMEOUT_MS = 300_000;

const ONE = { form: 'json', path: '/api/ingest', status: 201 };
const BATCH = '/api/ingest/batch';

function countEmbedded({ dataDir }) {
  const db = new Database(join(dataDir, 'readings.db'), { readonly: true });
  try {
    return db.prepare('SELECT count(*) FROM readings').pluck().get();
  } finally {
    db.close();
  }
}

async function countLines(file) {
  let lines = 0;
  for await (const chunk of createReadStream(file))
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}

/** @param dist the folder of the build: of this checkout, or an earlier one */
export async function gateway({ withInfluxdb, dist }) {
  const influxd = withInfluxdb ? await startInfluxd(ON_LOAD_CORE) : undefined;
  const own = await startWith(influxd, () => startGateway(influxd?.variables, ON_SERVER_CORE, dist));
  /** Waits until the journal is empty. @returns how many readings a second were forwarded meanwhile */
  const settle = async () => {
    const begun = performance.now();
    const before = await own.json('/api/pipeline');
    let now = before;
    while (now.queued > 0) {
      if (performance.now() - begun > DRAIN_TIMEOUT_MS)
        throw new Error(`The gateway still has ${now.queued} queued readings.`);
      await pause(20);
      now = await own.json('/api/pipeline');
    }
    return ((now.stored - before.stored) / (performance.now() - begun)) * 1_000;
  };
  return {
    url: own.url,
    one: ONE,
    batches: { json: BATCH, ndjson: BATCH, lines: '/api/v2/write?precision=us' },
    hasLatest: true,
    hasEtags: true,
    store: influxd,
    history: influxd && { ask: askGateway(own.url), inTurns: { influxdb: askInfluxdb(influxd) } },
    settle,
    cpuMs: own.cpuMs,
    rest: () => rest(own.pid),
    /** Counts stored readings and dead letters in the store, and returns the gateway's own counts with them. */
    count: async () => {
      const { stored, deadLettered, accepted } = await own.json('/api/pipeline');
      const held = influxd ? await influxd.countReadings() : countEmbedded(own);
      return { held: held + deadLettered, accepted, claimed: stored + deadLettered };
    },
    stop: own.stop,
  };
}

async function bareFastify() {
  const command = [...ON_SERVER_CORE, process.execPath, here('fastify.mjs')];
  const server = await startServer(command, {}, LISTENS);
  return { ...server, one: ONE, batches: { json: BATCH }, hasLatest: true };
}

async function floor() {
  const folder = emptyFolder('floor');
  const file = join(folder.path, 'readings');
  const command = [...ON_SERVER_CORE, process.execPath, here('fastify.mjs'), file];
  const server = await startWith(folder, () => startServer(command, {}, LISTENS));
  return {
    ...server,
    one: ONE,
    batches: { json: BATCH },
    count: async () => ({ held: await countLines(file) }),
  };
}

async function flask() {
  const influxd = await startInfluxd(ON_LOAD_CORE);
  const gunicorn = join(flaskPrograms().bin, 'gunicorn');
  const command = [
    ...ON_SERVER_CORE,
    gunicorn,
    '--workers',
    '2',
    '--threads',
    '4',
    '--bind',
    '127.0.0.1:0',
    'app:app',
  ];
  const options = { cwd: dirname(here('flask/app.py')), env: { ...process.env, ...influxd.variables } };
  const server = await startWith(influxd, () =>
    startServer(command, options, /Listening at: (http:\/\/\S+)/),
  );
  return {
    ...server,
    one: ONE,
    batches: {},
    count: async () => ({ held: await influxd.countReadings() }),
  };
}

async function influxdb() {
  const influxd = await startInfluxd(ON_SERVER_CORE);
  const { url, path, headers } = influxd.write;
  return {
    url,
    one: { form: 'lines', path, status: 204 },
    batches: { lines: path },
    headers,
    takesLargeBatches: true,
    count: async () => ({ held: await influxd.countReadings() }),
    stop: influxd.stop,
  };
}

/** By name. `needs` names a program that must be there; `program` installs or builds the system's own program. */
export const SYSTEMS = {
  gateway: { title: 'the gateway', start: gateway },
  fastify: { title: 'bare Fastify', start: bareFastify },
  floor: { title: 'the floor', start: floor },
  flask: { title: 'Flask', needs: 'influxd', program: flaskPrograms, start: flask },
  influxdb: { title: 'InfluxDB', needs: 'influxd', start: influxdb },
  telegraf: { title: 'Telegraf', needs: 'influxd', program: telegrafProgram, start: telegraf('memory') },
  telegrafDisk: {
    title: 'Telegraf, disk buffer',
    needs: 'influxd',
    program: telegrafProgram,
    start: telegraf('disk'),
  },
  embedded: { title: 'the gateway, embedded store', start: embedded },
  victoriametrics: { title: 'VictoriaMetrics', program: victoriaMetricsProgram, start: victoriaMetrics },
};
