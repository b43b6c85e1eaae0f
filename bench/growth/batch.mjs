// Measures larger batches: more readings share the cost of a request.
import { batchOf, TYPES } from '../bare/bodies.mjs';
import { printTable, startGateway } from '../gateway.mjs';
import { postAll } from '../load.mjs';
import { count, mib, us } from '../process.mjs';

const STEPS = [1, 10, 100, 1_000, 10_000];
const MAX_READINGS = 500_000;
const WARM_READINGS = 100_000;
const MAX_REQUESTS = 20_000;
const SENSORS = 1_000;
const CONNECTIONS = 8;
const PATHS = { json: '/api/ingest/batch', lines: '/api/v2/write' };

/** Makes at most 100 bodies in advance, and repeats them. */
function* bodiesOf(form, readings, requests) {
  const all = Array.from({ length: Math.min(requests, 100) }, () =>
    batchOf(
      form,
      Array.from({ length: readings }, () => Math.floor(Math.random() * SENSORS)),
    ),
  );
  for (let n = 0; n < requests; n += 1) yield all[n % all.length];
}

async function step(gateway, form, readings, maxReadings = MAX_READINGS) {
  const requests = Math.min(MAX_REQUESTS, Math.ceil(maxReadings / readings));
  const before = gateway.cpuMs();
  const { answers, others, tookMs } = await postAll(
    gateway.url + PATHS[form],
    bodiesOf(form, readings, requests),
    { type: TYPES[form], connections: CONNECTIONS },
  );
  if (answers < requests) throw new Error(`Batches of ${readings} were refused: ${JSON.stringify(others)}`);
  await gateway.settle();
  return {
    cpuUs: ((gateway.cpuMs() - before) * 1_000) / (requests * readings),
    rate: (requests * readings * 1_000) / tookMs,
  };
}

export async function growBatch({ max = 10_000, say }) {
  const rows = [];
  for (const readings of STEPS.filter((one) => one <= max)) {
    const forms = {};
    let memory = 0;
    for (const form of Object.keys(PATHS)) {
      say(`batches of ${count(readings)}, ${form}`);
      const gateway = await startGateway();
      await step(gateway, form, 100, WARM_READINGS);
      forms[form] = await step(gateway, form, readings);
      memory = Math.max(memory, gateway.peakRss());
      await gateway.stop();
    }
    const { json, lines } = forms;
    rows.push([
      ...[count(readings), us(json.cpuUs), us(json.cpuUs * readings), count(json.rate)],
      ...[us(lines.cpuUs), us(lines.cpuUs * readings), count(lines.rate), mib(memory)],
    ]);
  }
  printTable(
    [
      ...['readings in a request', 'JSON: CPU for each', 'CPU for a request', 'readings/s'],
      ...['lines: CPU for each', 'CPU for a request', 'readings/s', 'RSS at most'],
    ],
    rows,
  );
}
