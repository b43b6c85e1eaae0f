// The works, and which systems can do each of them.
import { loadBatches } from './batches.mjs';
import { everySensor, oneBody, sensorId, TYPES } from './bodies.mjs';
import { history } from './history-work.mjs';
import { loadSingle } from './single-requests.mjs';

const BATCH = 1_000;
const STORE_BATCH = 5_000;

function postOne(system) {
  const { form, path, status } = system.one;
  const headers = { ...system.headers, 'content-type': TYPES[form] };
  return () => ({ method: 'POST', path, headers, body: oneBody(form), status });
}

const single = (connections) => ({
  needsWrk: true,
  can: ({ one }) => one !== undefined,
  run: (system, effort) => loadSingle(system.url, connections, effort, postOne(system)),
});

// The next unused timestamp: each reading has its own microsecond, also across works.
let nextUs = (Date.now() - 3_600_000) * 1_000;

const postBatches =
  (form, readings) =>
  ({ url, batches: paths, headers = {} }, { seconds, maxReadings }) => {
    const fromUs = nextUs;
    nextUs += maxReadings;
    const batches = Math.max(2, Math.floor(maxReadings / readings));
    return loadBatches({
      ...{ url: url + paths[form], headers, form },
      ...{ readings, batches, seconds, fromUs },
    });
  };

const batch = (form, readings, post = postBatches(form, readings)) => ({
  can: (system) => system.batches[form] !== undefined && (readings === BATCH || system.takesLargeBatches),
  run: async (system, effort) => {
    const warmUp = [];
    while (warmUp.length < effort.warmRuns) {
      warmUp.push(await post(system, { ...effort, seconds: effort.warmSeconds }));
      // So that what follows does not begin with a backlog.
      await system.settle?.();
    }
    const result = await post(system, effort);
    const sum = (key) => warmUp.reduce((total, run) => total + run[key], result[key]);
    return {
      ...result,
      acknowledged: sum('acknowledged'),
      refused: sum('refused'),
      complaint: [...warmUp, result].map(({ complaint }) => complaint).find(Boolean),
    };
  },
});

const postLines = postBatches('lines', BATCH);

/** Pauses InfluxDB while the journal fills, so that there is a backlog to forward. Then InfluxDB has its core for itself. */
async function forward(system, effort) {
  system.store.pause();
  const { acknowledged, refused, complaint, p99Ms, uncounted } = await postLines(system, effort).finally(
    system.store.resume,
  );
  return { acknowledged, refused, complaint, p99Ms, uncounted, rate: await system.settle() };
}

const LATEST_CONNECTIONS = 32;

/** Writes one reading of every sensor, which the requests then read. This is not measured. */
async function knowEverySensor({ url }) {
  const headers = { 'content-type': TYPES.json };
  const answer = await fetch(`${url}/api/ingest/batch`, { method: 'POST', headers, body: everySensor() });
  if (!answer.ok) throw new Error(`POST /api/ingest/batch answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).accepted;
}

async function latest(system, effort) {
  const written = await knowEverySensor(system);
  const make = () => ({
    ...{ method: 'GET', path: `/api/latest/${sensorId(Math.floor(Math.random() * 1_000))}` },
    ...{ headers: {}, status: 200 },
  });
  const result = await loadSingle(system.url, LATEST_CONNECTIONS, effort, make);
  return { ...result, acknowledged: written, uncounted: 0 };
}

async function notModified(system, effort) {
  const written = await knowEverySensor(system);
  const whole = await fetch(`${system.url}/api/latest`, { headers: { 'accept-encoding': 'identity' } });
  const headers = { 'if-none-match': whole.headers.get('etag') };
  await whole.arrayBuffer();
  const make = () => ({ method: 'GET', path: '/api/latest', headers, status: 304 });
  const result = await loadSingle(system.url, LATEST_CONNECTIONS, effort, make);
  return { ...result, acknowledged: written, uncounted: 0 };
}

/** By name, in the order of execution. */
export const WORKS = {
  one32: { title: 'POST one, 32 connections', ...single(32) },
  one128: { title: 'POST one, 128 connections', ...single(128) },
  lines: { title: 'batches of 1,000, line protocol', ...batch('lines', BATCH) },
  json: { title: 'batches of 1,000, JSON array', ...batch('json', BATCH) },
  ndjson: { title: 'batches of 1,000, NDJSON', ...batch('ndjson', BATCH) },
  lines5000: { title: 'batches of 5,000, line protocol', ...batch('lines', STORE_BATCH) },
  forward: {
    title: 'forwarding a backlog',
    can: ({ store }) => store !== undefined,
    run: forward,
  },
  latest: { title: 'GET latest of a sensor', needsWrk: true, can: ({ hasLatest }) => hasLatest, run: latest },
  notModified: {
    title: 'GET latest of all, 304',
    needsWrk: true,
    can: ({ hasEtags }) => hasEtags,
    run: notModified,
  },
  history: {
    title: "one sensor's day in 480 buckets",
    can: (system) => system.history !== undefined,
    run: history,
  },
};
