// Sends single requests with wrk: each connection sends the next request after the previous answer.
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
 * Sends requests, first as a warm-up and then for the measurement.
 * @param make returns a request: method, path, headers, body, and the expected status
 * @returns the number of acknowledged readings or answers; how many a second and p99 in ms, both without the warm-up
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
      // Readings that are answered after wrk has ended are stored, but not counted.
      uncounted: 2 * connections,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Checks one answer in advance, because wrk counts every status below 400 as good. */
async function checkOne(url, { method, path, headers, body, status }) {
  // Not with fetch(), which adds Cache-Control and Accept-Encoding.
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
