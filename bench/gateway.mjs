// A gateway in a process of its own, for the benchmarks.
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
/** What `npm start` runs: node, its options and the program. */
export const START = [process.execPath, ...ARGUMENTS];

/**
 * Starts the gateway as `npm start` does, on a free port over an empty folder, with further environment variables.
 * @param pin goes before the command
 * @param dist the build, of this checkout or an earlier one
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
    void exited.then(() => reject(new Error(`The gateway ended instead of listening:\n${output}`)));
  });
  const json = async (path) => (await fetch(url + path)).json();
  return {
    url,
    dataDir,
    pid: child.pid,
    /** The memory it has in RAM, in bytes. */
    rss: () => rss(child.pid),
    /** The most it had. */
    peakRss: () => peakRss(child.pid),
    /** CPU time that it has taken. */
    cpuMs: () => cpuMs(child.pid),
    json,
    /** Waits until nothing is queued any more, and what was accepted is judged. */
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
    /** Ends it as a loss of power would; its folder stays. */
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    /** Ends it; its folder goes, too, unless it was given or is to be kept. */
    stop: async ({ keep = variables.DATA_DIR !== undefined } = {}) => {
      child.kill('SIGTERM');
      await exited;
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The number that a part of the values, 0 to 1, does not exceed. */
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
