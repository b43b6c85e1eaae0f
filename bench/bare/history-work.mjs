// Requests one sensor's day in buckets of three minutes, repeatedly over one connection.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { median, quantile, startGateway } from '../gateway.mjs';
import { addSensors, openFile } from '../growth/fill-store.mjs';
import { TYPES } from './bodies.mjs';
import { ON_SERVER_CORE } from './machine.mjs';
import { emptyFolder, startWith } from './server.mjs';

const DAY = '2026-01-30T00:00:00Z';
const NEXT_DAY = '2026-01-31T00:00:00Z';
const BEGIN_US = Date.parse(DAY) * 1_000;
const STEP_US = 8_640_000;
const PER_SENSOR = 10_000;
const BUCKETS = 480;
const BATCH = 5_000;
const SENSORS = 20;
/** The minimum of requests: p99 means nothing with fewer. */
const QUESTIONS = 200;

const readingAt = (sensor, at) =>
  `sensor_predictions,sensor_id=day_${sensor},zone=zone_${sensor % 10} ` +
  `value=${(50 + 40 * Math.sin(at / 997 + sensor)).toFixed(3)},latency_ms=12.3 ${BEGIN_US + at * STEP_US}`;

/** Writes the days of some sensors. @returns the number of readings */
async function write({ url, batches, headers }, sensors) {
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    for (let from = 0; from < PER_SENSOR; from += BATCH) {
      const body = Array.from({ length: BATCH }, (_, at) => readingAt(sensor, from + at)).join('\n');
      const options = { method: 'POST', headers: { ...headers, 'content-type': TYPES.lines }, body };
      const answer = await fetch(url + batches.lines, options);
      if (answer.status !== 204) throw new Error(`${batches.lines}: ${answer.status} ${await answer.text()}`);
    }
  }
  return sensors * PER_SENSOR;
}

/** @returns a function that requests a sensor's day from a gateway */
export const askGateway = (url) => async (sensorId) => {
  const answer = await fetch(`${url}/api/readings/${sensorId}?from=${DAY}&to=${NEXT_DAY}&every=3m`);
  const buckets = await answer.json();
  if (buckets.length !== BUCKETS)
    throw new Error(`${BUCKETS} buckets are due, got ${JSON.stringify(buckets)}`);
};

/** @returns a function that requests the same from InfluxDB */
export const askInfluxdb = (influxd) => (sensorId) => {
  const data =
    `from(bucket: "bench") |> range(start: ${DAY}, stop: ${NEXT_DAY}) |> filter(fn: (r) => ` +
    `r._measurement == "sensor_predictions" and r.sensor_id == "${sensorId}" and r._field == "value")`;
  const results = ['count', 'min', 'max', 'mean', 'last'].map(
    (fn) => `${data} |> aggregateWindow(every: 3m, createEmpty: false, fn: ${fn}) |> yield(name: "${fn}")`,
  );
  return influxd.query(results.join('\n'));
};

/**
 * The work: writes the readings if they are not there yet, and sends requests. The systems to compare get them in turns, one
 * request each: then other programs on the machine, and InfluxDB's work on earlier writes, affect both in the same way.
 */
export async function history(system, { seconds, warmSeconds, maxReadings }) {
  const {
    ask,
    inTurns = {},
    sensors = Math.min(SENSORS, maxReadings / PER_SENSOR),
    isFilled,
  } = system.history;
  const written = isFilled ? 0 : await write(system, sensors);
  await system.settle?.();
  const peers = Object.entries(inTurns).map(([name, one]) => ({ system: name, ask: one, times: [] }));
  const own = { ask, times: [] };
  const turn = [own, ...peers];
  const begun = performance.now();
  const warmMs = warmSeconds * 1_000;
  const goesOn = () => own.times.length < QUESTIONS || performance.now() - begun < warmMs + seconds * 1_000;
  while (goesOn()) {
    const sensorId = `day_${Math.floor(Math.random() * sensors)}`;
    const isWarm = performance.now() - begun >= warmMs;
    for (const one of turn) {
      const asked = performance.now();
      await one.ask(sensorId);
      if (isWarm) one.times.push(performance.now() - asked);
    }
    // The second one finds InfluxDB's caches filled, and the work that the first one left behind.
    turn.reverse();
  }
  const beside = peers.map(({ system: name, times }) => ({ system: name, ...figuresOf(times) }));
  return { ...figuresOf(own.times), beside, acknowledged: written, uncounted: 0 };
}

function figuresOf(times) {
  const medianMs = median(times);
  return { answers: times.length, rate: 1_000 / medianMs, medianMs, p99Ms: quantile(times, 0.99) };
}

let filled;

/** A gateway with an embedded store of ten times as many readings as a work sends at most. */
export async function embedded({ maxReadings }) {
  const sensors = (maxReadings * 10) / PER_SENSOR;
  filled ??= fillFile(sensors);
  const file = await filled;
  const folder = emptyFolder('embedded');
  copyFileSync(file.path, join(folder.path, 'readings.db'));
  const start = () => startGateway({ DATA_DIR: folder.path }, ON_SERVER_CORE);
  const { url, stop, settle } = await startWith(folder, start);
  return { url, stop, settle, batches: {}, history: { ask: askGateway(url), sensors, isFilled: true } };
}

async function fillFile(sensors) {
  const file = await openFile();
  process.once('exit', file.remove);
  addSensors(file.path, { from: 0, to: sensors, perSensor: PER_SENSOR, prefix: 'day_' });
  return file;
}
