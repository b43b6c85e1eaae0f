// Starts a gateway as a separate process, for the benchmarks.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cpuMs, pause, peakRss, rest, rss } from './process.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const [, ...ARGUMENTS] = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts.start.split(
  ' ',
);
/** The command of `npm start`: node, its options and the program. */
export const START = [process.execPath, ...ARGUMENTS];

/**
 * Starts the gateway as `npm start` does, on a free port and with an empty folder.
 * @param variables further environment variables
 * @param pin the beginning of the command, which pins the process to a core
 * @param dist the folder of the build: of this checkout, or an earlier one
 */
export async function startGateway(variables = {}, pin = [], dist = 'dist') {
  const dataDir = variables.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'predictionx-bench-'));
  const env = { ...process.env, PORT: '0', LOG_FORMAT: 'json', ...variables, DATA_DIR: dataDir };
  const [program, ...args] = [...pin, ...START].map((arg) => arg.replace(/^dist(?=\/)/, dist));
  const child = spawn(program, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
      const [, found] = /listens on (http:\/\/[^\s;"]+)/.exec(output) ?? [];
      if (found) resolve(found);
    });
    void exited.then(() => reject(new Error(`The gateway ended before it listened:\n${output}`)));
  });
  const json = async (path) => (await fetch(url + path)).json();
  return {
    url,
    dataDir,
    pid: child.pid,
    /** Its memory in RAM, in bytes. */
    rss: () => rss(child.pid),
    /** The maximum of its memory so far, in bytes. */
    peakRss: () => peakRss(child.pid),
    /** Its CPU time so far, in ms. */
    cpuMs: () => cpuMs(child.pid),
    json,
    /** Waits until no reading is queued and rules have judged all accepted readings. */
    settle: async () => {
      while ((await json('/api/pipeline')).queued > 0) await pause(100);
      await rest(child.pid);
    },
    post: async (path, body, type = 'application/json') => {
      const headers = { 'content-type': type };
      const response = await fetch(url + path, {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      if (response.status >= 300)
        throw new Error(`${path} answers ${response.status}: ${text.slice(0, 300)}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    /** Kills it with SIGKILL; its folder stays. */
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    /** Stops it, and deletes its folder unless `variables` named the folder or `keep` is set. */
    stop: async ({ keep = variables.DATA_DIR !== undefined } = {}) => {
      child.kill('SIGTERM');
      await exited;
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The quantile of the values. @param part from 0 to 1 */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

export function median(values) {
  return quantile(values, 0.5);
}

/** Prints rows of cells as a Markdown table. */
export function printTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}
