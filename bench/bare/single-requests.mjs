// Single requests, by wrk: each connection sends the next once the last was answered.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { ON_LOAD_CORE } from './machine.mjs';

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));
const VARIETY = 4_000;
const NO_LOAD = { answers: 0, errors: 0 };

/**
 * Warms a path up, then loads it.
 * @param make gives a request: its method, path, headers and body, and the status that it must get
 * @returns readings or answers that were acknowledged in all, those a second and p99 in ms while it was measured
 */
export async function loadSingle(url, connections, { seconds, warmSeconds }, make) {
  await checkOne(url, make());
  const folder = mkdtempSync(join(tmpdir(), 'predictionx-wrk-'));
  const file = join(folder, 'requests');
  writeFileSync(file, Array.from({ length: VARIETY }, () => asText(url, make())).join('\0'));
  try {
    const warm = warmSeconds > 0 ? await wrk(url, connections, warmSeconds, file) : NO_LOAD;
    const { answers, seconds: took, p99Us, errors } = await wrk(url, connections, seconds, file);
    return {
      acknowledged: 1 + warm.answers - warm.errors + answers - errors,
      refused: warm.errors + errors,
      rate: (answers - errors) / took,
      p99Ms: p99Us / 1_000,
      // What is answered after wrk has gone is stored, but not counted.
      uncounted: 2 * connections,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** wrk takes every answer below 400 for a good one, so one is looked at beforehand. */
async function checkOne(url, { method, path, headers, body, status }) {
  // Not fetch(): it asks for fresh answers, and for compressed ones.
  const answer = await new Promise((resolve, reject) => {
    request(url + path, { method, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
  const text = (await answer.setEncoding('utf8').toArray()).join('');
  if (answer.statusCode !== status)
    throw new Error(
      `${method} ${url}${path} answers ${answer.statusCode}, not ${status}: ${text.slice(0, 300)}`,
    );
}

function asText(url, { method, path, headers, body }) {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const all = { host: new URL(url).host, ...headers, ...length };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body ?? ''}`;
}

async function wrk(url, connections, seconds, file) {
  const [program, ...args] = [
    ...[...ON_LOAD_CORE, 'wrk', '--threads', '1', '--connections', String(connections)],
    ...['--duration', `${seconds}s`, '--timeout', '10s', '--script', SCRIPT, url, '--', file],
  ];
  const { stdout } = await promisify(execFile)(program, args);
  const [, result] = /^RESULT (.*)$/m.exec(stdout) ?? [];
  if (!result) throw new Error(`wrk gave no result:\n${stdout}`);
  return JSON.parse(result);
}
