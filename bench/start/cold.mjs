// Measures the time from the start of a process to its first answer, and until it is ready.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { START } from '../gateway.mjs';
import { cpuMs, pause, peakRss, rest, rss } from '../process.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ASK_EVERY_MS = 4;
const TIMEOUT_MS = 900_000;

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** @returns the status of an answer; undefined when there is none */
function ask(url) {
  return new Promise((resolve) => {
    get(url, { agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    }).on('error', () => resolve(undefined));
  });
}

/** Repeats a request until isWanted() returns true for its status. @returns ms since `begun` */
async function untilAnswer(url, begun, isWanted) {
  while (performance.now() - begun < TIMEOUT_MS) {
    if (isWanted(await ask(url))) return performance.now() - begun;
    await pause(ASK_EVERY_MS);
  }
  throw new Error(`${url} did not answer within ${TIMEOUT_MS / 1_000} s.`);
}

/**
 * Starts the gateway.
 * @param variables environment variables, DATA_DIR among them
 * @returns the times in ms, the CPU time until ready in ms, and the process, which continues to run
 */
export async function startCold(variables) {
  const port = await freePort();
  const env = { ...process.env, LOG_FORMAT: 'json', ...variables, PORT: String(port) };
  const begun = performance.now();
  const [program, ...args] = START;
  const child = spawn(program, args, {
    ...{ cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const firstMs = await untilAnswer(`${url}/api/health`, begun, (status) => status !== undefined);
  const readyMs = await untilAnswer(`${url}/api/health/startup`, begun, (status) => status === 200);
  const { pid } = child;
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await exited;
  };
  return { url, pid, firstMs, readyMs, cpuMs: cpuMs(pid), peak: peakRss(pid), stop };
}

/** Starts a peer, waits for its first answer and until it is idle, and ends it. @param args arguments of `node` */
export async function timePeer(args) {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8'))
    if (/listens on \S+\n/.test((output += text))) break;
  const [, url] = /listens on (\S+)/.exec(output);
  const readyMs = await untilAnswer(`${url}/api/health`, begun, (status) => status !== undefined);
  const result = { firstMs: readyMs, readyMs, cpuMs: cpuMs(child.pid) };
  await rest(child.pid);
  const memory = rss(child.pid);
  child.kill('SIGKILL');
  await exited;
  return { ...result, rss: memory };
}

/** The same for the gateway with an empty folder. */
export async function timeGateway() {
  const folder = mkdtempSync(join(tmpdir(), 'predictionx-start-'));
  const gateway = await startCold({ DATA_DIR: folder });
  await rest(gateway.pid);
  const memory = rss(gateway.pid);
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
  return { ...gateway, rss: memory };
}
