// Posts batches over connections that stay open, in a separate process that can be pinned to a core. The bodies are made
// before the measurement begins.
import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { quantile } from '../gateway.mjs';
import { batchBody, TYPES } from './bodies.mjs';
import { ON_LOAD_CORE } from './machine.mjs';

const CONNECTIONS = 4;
const HERE = fileURLToPath(import.meta.url);

/**
 * Posts batches until the time is over or all batches are sent.
 * @param work url, headers, form, readings in a batch, the maximum of batches, seconds, and fromUs, the first timestamp
 * @returns how many readings were acknowledged and refused, readings a second, and p99 in ms
 */
export async function loadBatches(work) {
  const [program, ...args] = [...ON_LOAD_CORE, process.execPath, HERE, JSON.stringify(work)];
  return JSON.parse((await promisify(execFile)(program, args)).stdout);
}

async function load({ url, headers, form, readings, batches, seconds, fromUs }) {
  const bodies = Array.from({ length: batches }, (_, at) =>
    Buffer.from(batchBody(form, readings, fromUs + at * readings)),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = { method: 'POST', agent, headers: { 'content-type': TYPES[form], ...headers } };
  let acknowledged = 0;
  let refused = 0;
  let complaint = '';
  const times = [];

  const post = (body) =>
    new Promise((resolve, reject) => {
      const begun = performance.now();
      request(
        url,
        { ...options, headers: { ...options.headers, 'content-length': body.length } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part) => (text += part));
          answer.on('end', () => {
            times.push(performance.now() - begun);
            const good = answer.statusCode === 204 ? readings : acceptedOf(answer.statusCode, text);
            acknowledged += good;
            refused += readings - good;
            if (good < readings) complaint ||= `${answer.statusCode} ${text.slice(0, 300)}`;
            resolve();
          });
          answer.on('error', reject);
        },
      )
        .on('error', reject)
        .end(body);
    });

  let next = 0;
  const begun = performance.now();
  const deadline = begun + seconds * 1_000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < batches && performance.now() < deadline) await post(bodies[next++]);
    }),
  );
  const rate = (acknowledged / (performance.now() - begun)) * 1_000;
  agent.destroy();
  return { acknowledged, refused, complaint, rate, p99Ms: quantile(times, 0.99), uncounted: 0 };
}

const acceptedOf = (status, text) => (status < 300 ? JSON.parse(text).accepted : 0);

if (argv[1] === HERE) console.log(JSON.stringify(await load(JSON.parse(argv[2]))));
