// A thread of its own that sends readings, one after the other, as a device does, and measures how long each takes: an
// attack from the thread that tests would delay it there.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const PERIOD_MS = 5;
const { url, key } = workerData;
const reading = JSON.stringify({ sensorId: 'good', zone: 'z', value: 1, latencyMs: 1 });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const tookMs = [];
const statuses = new Set();
let isGoing = true;

parentPort.once('message', () => {
  isGoing = false;
});
while (isGoing) {
  const begunMs = performance.now();
  statuses.add(await send());
  tookMs.push(performance.now() - begunMs);
  await sleep(PERIOD_MS);
}
agent.destroy();
parentPort.postMessage({ tookMs, statuses: [...statuses] });

function send() {
  return new Promise((resolve) => {
    request(`${url}/api/ingest`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    })
      .once('error', (error) => resolve(error.message))
      .end(reading);
  });
}
