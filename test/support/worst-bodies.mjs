// The worst body for each route that takes one, sent to a gateway that this starts: node worst-bodies.mjs [DIST] [PATTERN]. Beside
// each body a thread asks GET /api/health every few milliseconds. Writes for each body what it was answered, how long that took, the slowest
// probe beside it and the gateway's memory, as JSON, one a line. DIST may be an earlier build; PATTERN chooses bodies by name.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';

const MAX_BYTES = 8 << 20;
/** An earlier build may take days for one. */
const GIVE_UP_MS = 240_000;
const [dist = 'dist', pattern = ''] = process.argv.slice(2);

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';
const unknown = (count) => ({
  kind: 'above',
  ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1])),
});
const UNKNOWN = unknown(50_000);
const READING = JSON.stringify({ sensorId: 's1', zone: 'zone', value: 42.5, latencyMs: 12 });
const LINE = 'sensor_predictions,sensor_id=s1,zone=zone value=42.5,latency_ms=12';
const START = 'sensor_predictions,sensor_id=s1,zone=zone value=';

const filled = (text, bytes = MAX_BYTES) => text.repeat(Math.floor(bytes / text.length));
const listed = (text, count) => `[${Array.from({ length: count }, () => text).join(',')}]`;
/** As many as fit into one body. */
const fit = (text) => Math.floor((MAX_BYTES - 2) / (text.length + 1));

const json = (path) => [
  ['8 MiB of nested arrays', path, JSON_TYPE, filled('[')],
  [
    '8 MiB of nested arrays that end',
    path,
    JSON_TYPE,
    filled('[', MAX_BYTES / 2) + filled(']', MAX_BYTES / 2),
  ],
  ['8 MiB of digits', path, JSON_TYPE, filled('1')],
  ['a text of 8 MiB', path, JSON_TYPE, `"${filled('x', MAX_BYTES - 2)}"`],
  ['30,000 unknown fields', path, JSON_TYPE, JSON.stringify(unknown(30_000))],
  ['50,000 unknown fields', path, JSON_TYPE, JSON.stringify(UNKNOWN)],
  [
    '8 MiB of unknown fields',
    path,
    JSON_TYPE,
    `{${Array.from({ length: 590_000 }, (_, n) => `"k${n}":1`).join(',')}}`,
  ],
  ['8 KB of gzip: 8 MiB of `x\\n`', path, JSON_TYPE, gzipSync(filled('x\n'))],
];
const bodies = [
  ['nothing', '/api/ingest', JSON_TYPE, READING],
  ...json('/api/ingest'),
  ...json('/api/ingest/batch'),
  ['a list with 50,000 unknown fields', '/api/ingest/batch', JSON_TYPE, `[${JSON.stringify(UNKNOWN)}]`],
  ['10,000 records, each wrong', '/api/ingest/batch', JSON_TYPE, listed('{"a":1,"b":2}', 10_000)],
  ['10,000 records, every second wrong', '/api/ingest/batch', JSON_TYPE, listed(`${READING},{}`, 5_000)],
  ['8 MiB of records that are none', '/api/ingest/batch', JSON_TYPE, `[${filled('1,', MAX_BYTES - 4)}1]`],
  ['8 MiB of good records', '/api/ingest/batch', JSON_TYPE, listed(READING, fit(READING))],
  ['10,000 good records in 8 MiB', '/api/ingest/batch', JSON_TYPE, listed(READING.padEnd(837), 10_000)],
  ['1 MiB of `x\\n`', '/api/ingest/batch', NDJSON_TYPE, filled('x\n', 1 << 20)],
  ['8 MiB of `x\\n`', '/api/ingest/batch', NDJSON_TYPE, filled('x\n')],
  ['10,000 lines that are no JSON', '/api/ingest/batch', NDJSON_TYPE, filled('{"sensorId":\n', 130_000)],
  ['one line of 8 MiB', '/api/ingest/batch', NDJSON_TYPE, filled('x')],
  ['a line with 50,000 unknown fields', '/api/ingest/batch', NDJSON_TYPE, JSON.stringify(UNKNOWN)],
  ['8 KB of gzip: 8 MiB of `x\\n`', '/api/ingest/batch', NDJSON_TYPE, gzipSync(filled('x\n'))],
  ['8 MiB of good lines', '/api/ingest/batch', NDJSON_TYPE, filled(`${READING}\n`)],
  ['8 MiB of NULs behind a reading', '/api/ingest', 'text/plain', READING.padEnd(MAX_BYTES, '\0')],
  ['8 MiB of spaces', '/api/ingest/batch', 'text/plain', filled(' ')],
  ['8 MiB of `{\\n`', '/api/ingest/batch', 'text/plain', filled('{\n')],
  ['50,000 digits', '/api/v2/write', 'text/plain', `${START}${filled('1', 50_000)}x`],
  ['1 MiB of `x\\n`', '/api/v2/write', 'text/plain', filled('x\n', 1 << 20)],
  ['8 MiB of `x\\n`', '/api/v2/write', 'text/plain', filled('x\n')],
  ['10,000 bad lines', '/api/v2/write', 'text/plain', filled(`${START}x\n`, (START.length + 2) * 10_000)],
  ['one line of 8 MiB', '/api/v2/write', 'text/plain', filled('x')],
  [
    'a text of 8 MiB that does not end',
    '/api/v2/write',
    'text/plain',
    `${START}"${filled('\\"', MAX_BYTES - 99)}`,
  ],
  [
    '8 MiB of backslashes',
    '/api/v2/write',
    'text/plain',
    `sensor_predictions,sensor_id=${filled('\\', MAX_BYTES - 99)}`,
  ],
  ['8 MiB of points that are dropped', '/api/v2/write', 'text/plain', filled('m a=1\n')],
  [
    '8 MiB of long lines with many fields',
    '/api/v2/write',
    'text/plain',
    filled(`m ${filled('a=1,', 16_000)}b=1\n`),
  ],
  ['8 KB of gzip: 8 MiB of `x\\n`', '/api/v2/write', 'text/plain', gzipSync(filled('x\n'))],
  ['8 MiB of good lines', '/api/v2/write', 'text/plain', filled(`${LINE}\n`)],
  // An earlier build would take days to see that this is no number.
  ...(dist === 'dist'
    ? [['8 MiB of digits', '/api/v2/write', 'text/plain', `${START}${filled('1', MAX_BYTES - 99)}x`]]
    : []),
  ...['/api/rules', '/api/rules/try', '/api/keys'].flatMap(json),
].filter(([what, path]) => new RegExp(pattern).test(`${path} ${what}`));

const prober = new Worker(
  `
  const { Agent, get } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  let agent, port, slowestMs = 0, sentMs = 0, isGoing = false, failed = 0, probes = 0;
  const probe = () => new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/api/health', agent }, (answer) => {
      if (answer.statusCode !== 200) failed += 1;
      answer.resume().once('end', resolve);
    }).once('error', () => { failed += 1; resolve(); });
  });
  parentPort.on('message', async (message) => {
    if (message === 'stop') {
      // One that is not answered yet counts, too.
      if (isGoing) slowestMs = Math.max(slowestMs, performance.now() - sentMs);
      isGoing = false;
      agent.destroy();
      parentPort.postMessage({ slowestMs, probes, failed });
      return;
    }
    port = message;
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
    [slowestMs, failed, probes, isGoing] = [0, 0, 0, true];
    while (isGoing) {
      sentMs = performance.now();
      await probe();
      if (!isGoing) return;
      probes += 1;
      slowestMs = Math.max(slowestMs, performance.now() - sentMs);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  });`,
  { eval: true },
);
const dataDir = mkdtempSync(join(tmpdir(), 'worst-bodies-'));
let gateway = await start();
try {
  for (const [what, path, type, body] of bodies)
    console.log(JSON.stringify(await measure(what, path, type, body)));
} finally {
  await gateway.stop('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(0);

/** Starts a gateway, and warms it up: its first requests are slow whatever is in them. */
async function start() {
  const env = { PATH: process.env.PATH, PORT: '0', LOG_FORMAT: 'json', LOG_LEVEL: 'warn', DATA_DIR: dataDir };
  const args = ['--v8-pool-size=1', '--no-allocation-site-pretenuring', join(dist, 'main.js')];
  const child = spawn('node', args, {
    env: { ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let output = '';
  const port = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (output.length < 100_000) output += text;
      const [, found] = /listens on http:\/\/[^\s"]*:(\d+)/.exec(output) ?? [];
      if (found) resolve(Number(found));
    });
    exited.then(() => reject(new Error(`The gateway ended instead of listening:\n${output}`)));
  });
  const one = { port, pid: child.pid, stop: (signal) => (child.kill(signal), exited) };
  for (let count = 0; count < 300; count += 1) await post(one, '/api/ingest', JSON_TYPE, READING);
  for (let count = 0; count < 30; count += 1) {
    await post(one, '/api/ingest/batch', JSON_TYPE, listed(READING, 1_000));
    await post(one, '/api/v2/write', 'text/plain', filled(`${LINE}\n`, 70_000));
  }
  return one;
}

async function measure(what, path, type, body) {
  const rss = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1024;
  await sleep(300);
  const rssBefore = rss();
  let rssMost = rssBefore;
  const watching = setInterval(() => (rssMost = Math.max(rssMost, rss())), 10);
  prober.postMessage(gateway.port);
  await sleep(60);
  const begunMs = performance.now();
  const giveUp = setTimeout(() => void gateway.stop('SIGKILL'), GIVE_UP_MS);
  const answer = await post(gateway, path, type, body);
  const tookMs = performance.now() - begunMs;
  clearTimeout(giveUp);
  // What goes on behind the answer holds others up as much.
  await sleep(60);
  prober.postMessage('stop');
  const [{ slowestMs, probes, failed }] = await once(prober, 'message');
  clearInterval(watching);
  if (answer.status === 0) gateway = await start();
  return {
    path,
    what: `${what}${type === NDJSON_TYPE ? ' (NDJSON)' : ''}`,
    sentBytes: body.length,
    status: answer.status,
    answerBytes: answer.bytes,
    tookMs: Math.round(tookMs),
    slowestProbeMs: Math.round(slowestMs),
    probes,
    failed,
    rssBefore: Math.round(rssBefore),
    rssMost: Math.round(rssMost),
  };
}

/** @returns the status and length of the answer; 0 when there is none */
function post({ port }, path, type, body) {
  const agent = new Agent();
  const headers = {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(typeof body !== 'string' && { 'content-encoding': 'gzip' }),
  };
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent, headers };
    request(options, (answer) => {
      let bytes = 0;
      answer.on('data', (piece) => (bytes += piece.length));
      answer.once('end', () => resolve({ status: answer.statusCode, bytes }));
      answer.once('error', () => resolve({ status: 0, bytes }));
    })
      .once('error', () => resolve({ status: 0, bytes: 0 }))
      .end(body);
  });
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
