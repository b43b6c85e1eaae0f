// What the answers to batches of 30 KB take of IDEMPOTENCY_MAX_BYTES: node test/support/remembered-answers.mjs [DIST].
// One key sends batches with 9,999 refused records, each under a new Idempotency-Key, until one is refused, or 60 are
// accepted. Then another key sends one reading under an Idempotency-Key. Writes what both were answered, as JSON. DIST
// may be an earlier build.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAX_REQUESTS = 60;
const ADMIN_KEY = `pxk_${'a'.repeat(43)}`;
const READING = { sensorId: 's1', zone: 'zone', value: 42.5, latencyMs: 12 };
const [dist = 'dist'] = process.argv.slice(2);

const dataDir = mkdtempSync(join(tmpdir(), 'remembered-answers-'));
const env = { PATH: process.env.PATH, PORT: '0', LOG_FORMAT: 'json', DATA_DIR: dataDir, ADMIN_KEY };
const gateway = spawn('node', [join(dist, 'main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const url = await listening();
  const flooding = await makeKey(url, 'flooding');
  const other = await makeKey(url, 'other');
  const batch = JSON.stringify([READING, ...Array.from({ length: 9_999 }, () => ({}))]);
  let requests = 0;
  let answer;
  do {
    requests += 1;
    answer = await post(`${url}/api/ingest/batch`, flooding, batch, `batch ${requests}`);
  } while (answer.status === 200 && requests < MAX_REQUESTS);
  const { status, code } = await post(`${url}/api/ingest`, other, JSON.stringify(READING), 'one reading');
  console.log(
    JSON.stringify({
      requests,
      requestBytes: batch.length,
      last: { status: answer.status, code: answer.code, answerBytes: answer.bytes },
      other: { status, code },
    }),
  );
} finally {
  gateway.kill('SIGKILL');
  await once(gateway, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
}

async function listening() {
  for await (const line of createInterface(gateway.stdout)) {
    const [, url] = /listens on (http:\/\/[^\s";]+)/.exec(line) ?? [];
    if (url) {
      gateway.stdout.resume();
      return url;
    }
  }
  throw new Error('The gateway ended instead of listening');
}

async function makeKey(url, name) {
  const { key } = await post(`${url}/api/keys`, ADMIN_KEY, JSON.stringify({ name, role: 'device' }));
  return key;
}

async function post(url, key, body, idempotencyKey) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    },
    body,
  });
  const text = await response.text();
  return { status: response.status, bytes: text.length, ...JSON.parse(text) };
}
