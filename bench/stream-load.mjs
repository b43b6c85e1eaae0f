// Clients of the live stream in a separate thread, and a sender that posts one batch after the other.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { pause } from './process.mjs';

const BATCH = 100;

/**
 * @returns `open`, which closes the current clients, opens others and returns what the closed ones received; and `stop`, which
 *   ends the thread
 */
export function startClients(url) {
  const worker = new Worker(new URL('./stream-clients.mjs', import.meta.url));
  return {
    open: async (count, oneMore = false, wants = 'zone') => {
      worker.postMessage({ url, clients: count, oneMore, wants });
      const [got] = await once(worker, 'message');
      return got;
    },
    stop: () => worker.terminate(),
  };
}

/**
 * Posts batches of 100 readings of 1,000 sensors in ten zones.
 * @param everyMs from the start of one batch to the next; 0 for one after the other
 * @returns readings, and readings a second
 */
export async function postBatches(gateway, forMs, everyMs = 0) {
  const begun = performance.now();
  let readings = 0;
  let n = 0;
  while (performance.now() < begun + forMs) {
    const batch = Array.from({ length: BATCH }, () => {
      n += 1;
      return { sensorId: `sensor_${n % 1_000}`, zone: `zone_${n % 10}`, value: n, latencyMs: 1 };
    });
    await gateway.post('/api/ingest/batch', batch);
    readings += BATCH;
    const aheadMs = begun + (readings / BATCH) * everyMs - performance.now();
    if (aheadMs > 0) await pause(aheadMs);
  }
  return { readings, rate: readings / ((performance.now() - begun) / 1_000) };
}
