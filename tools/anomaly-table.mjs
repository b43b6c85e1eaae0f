// Measures the anomaly detector and prints the tables of docs/anomaly.md.
//   node tools/anomaly-table.mjs machine_temperature_system_failure.csv [clone of numenta/NAB]
// With a clone of the Numenta Anomaly Benchmark, its other series are counted, too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { detectorFactory } from '../dist/rules/anomaly/create-detector.js';
import { Episodes } from '../dist/rules/anomaly/episodes.js';
import { CLEAN, random, series } from '../test/rules/anomaly/series.mjs';

const SENSITIVITIES = [0.25, 0.5, 0.75];
const MACHINE = 'realKnownCause/machine_temperature_system_failure.csv';

/** The windows of the machine's series in labels/combined_windows.json of numenta/NAB. UTC; both ends belong to the window. */
const WINDOWS = [
  ['2013-12-10 06:25', '2013-12-12 05:35'],
  ['2013-12-15 17:50', '2013-12-17 17:00'],
  ['2014-01-27 14:20', '2014-01-29 13:30'],
  ['2014-02-07 14:55', '2014-02-09 14:05'],
].map((window) => window.map(microseconds));

const [csv, nab] = process.argv.slice(2);
if (!csv) {
  console.error(
    'Usage: npm run anomaly:table -- machine_temperature_system_failure.csv [clone of numenta/NAB]',
  );
  process.exit(1);
}

const machine = readReadings(csv);
await printEpisodes(await episodesOf(machine, 0.5));
await printCounts(machine);
await printFalseAlarms();
await printFinds();
if (nab) await printOthers(nab);
await printCost();

/** @returns each episode with its start, its end, the value at the start, and the highest score */
async function episodesOf(readings, sensitivity) {
  const scores = await detectorFactory.create().score(readings);
  const episodes = new Episodes(sensitivity);
  const found = [];
  readings.forEach(({ value, timestampUs }, index) => {
    const step = episodes.step(scores[index], timestampUs);
    if (step === 'started') found.push({ startUs: timestampUs, value, peak: 0 });
    const current = found.at(-1);
    if (step === 'ended') current.endUs = timestampUs;
    else if (episodes.state.startedUs !== undefined) current.peak = Math.max(current.peak, scores[index]);
  });
  return found;
}

/** Compares episodes with windows: an episode that starts inside a window is a hit, a further one in the same window a repeat. */
function judge(episodes, windows) {
  const inside = episodes.map(({ startUs }) =>
    windows.findIndex(([from, to]) => startUs >= from && startUs <= to),
  );
  const hits = new Set(inside.filter((window) => window >= 0));
  return {
    inside,
    hits: hits.size,
    repeats: inside.filter((window) => window >= 0).length - hits.size,
    falseAlarms: inside.filter((window) => window < 0).length,
    missed: windows.map((_, window) => window).filter((window) => !hits.has(window)),
  };
}

function printEpisodes(episodes) {
  const { inside, missed } = judge(episodes, WINDOWS);
  table(
    ['started', 'over', 'value at the start', 'highest score', 'verdict'],
    episodes.map(({ startUs, endUs, value, peak }, index) => [
      minute(startUs),
      endUs ? minute(endUs) : 'still on',
      value.toFixed(1),
      peak.toFixed(2),
      inside[index] < 0 ? '**false alarm**' : `hits window ${inside[index] + 1}`,
    ]),
  );
  console.log(`Windows missed: ${missed.map((window) => window + 1).join(', ') || 'none'}.\n`);
}

async function printCounts(readings) {
  const rows = [];
  for (const sensitivity of SENSITIVITIES) {
    const { hits, repeats, falseAlarms, missed } = judge(await episodesOf(readings, sensitivity), WINDOWS);
    const names = missed.map((window) => window + 1).join(', ') || 'none';
    rows.push([sensitivity, `${hits} of ${WINDOWS.length}`, names, repeats, falseAlarms]);
  }
  table(['sensitivity', 'windows hit', 'missed', 'more events in a window', 'false alarms'], rows);
}

/** Prints the false alarms per 10,000 readings, over ten runs of 20,000 readings. */
async function printFalseAlarms() {
  const [runs, count] = [10, 20_000];
  const rows = [];
  for (const [kind, clean] of Object.entries(CLEAN)) {
    const row = [kind];
    for (const everySeconds of [1, 300]) {
      const events = SENSITIVITIES.map(() => 0);
      for (let run = 0; run < runs; run += 1) {
        const readings = series(clean(random(1_000 + run)), count, everySeconds);
        for (const [index, sensitivity] of SENSITIVITIES.entries())
          events[index] += (await episodesOf(readings, sensitivity)).length;
      }
      row.push(...events.map((total) => ((total / (runs * count)) * 10_000).toFixed(2)));
    }
    rows.push(row);
  }
  const paces = ['1 s', '5 min'].flatMap((pace) =>
    SENSITIVITIES.map((sensitivity) => `${pace}, ${sensitivity}`),
  );
  table(['sensor', ...paces], rows);
}

/** Prints how many of 50 sensors with normal noise of size 1 cause an event at sensitivity 0.5, and how late. */
async function printFinds() {
  const at = 4_000;
  const spike = (size) => [`one reading off by ${size}`, (age) => (age === 0 ? size : 0)];
  const shift = (size) => [`a lasting shift by ${size}`, (age) => (age >= 0 ? size : 0)];
  const drift = (hours) => [
    `a drift by 10 within ${hours} h`,
    (age) => 10 * Math.min(1, Math.max(0, age / (hours * 12))),
  ];
  const cases = [
    spike(6),
    spike(8),
    spike(12),
    shift(2),
    shift(3),
    shift(4),
    shift(12),
    drift(6),
    drift(24),
    drift(240),
  ];
  cases.push(['noise three times as large', (age, normal) => (age >= 0 ? 2 * normal : 0)]);
  const rows = [];
  for (const [what, extra] of cases) {
    const delays = [];
    for (let seed = 0; seed < 50; seed += 1) {
      const { normal } = random(seed);
      const readings = series(
        (_, index) => {
          const noise = normal();
          return noise + extra(index - at, noise);
        },
        at + 4_000,
        300,
      );
      const first = (await episodesOf(readings, 0.5)).find(
        ({ startUs }) => startUs >= readings[at].timestampUs,
      );
      if (first) delays.push((first.startUs - readings[at].timestampUs) / 3e8);
    }
    delays.sort((a, b) => a - b);
    rows.push([what, `${delays.length} of 50`, delays[delays.length >> 1] ?? '']);
  }
  table(['noise of size 1, one reading each 5 min', 'found', 'after so many readings (median)'], rows);
}

async function printOthers(folder) {
  const labels = JSON.parse(readFileSync(join(folder, 'labels', 'combined_windows.json'), 'utf8'));
  const sums = SENSITIVITIES.map(() => ({ hits: 0, falseAlarms: 0 }));
  let [windows, readings] = [0, 0];
  for (const [path, labelled] of Object.entries(labels)) {
    if (path === MACHINE) continue;
    const all = readReadings(join(folder, 'data', path));
    const known = labelled.map((window) => window.map(microseconds));
    windows += known.length;
    readings += all.length;
    for (const [index, sensitivity] of SENSITIVITIES.entries()) {
      const { hits, falseAlarms } = judge(await episodesOf(all, sensitivity), known);
      sums[index].hits += hits;
      sums[index].falseAlarms += falseAlarms;
    }
  }
  table(
    [`${Object.keys(labels).length - 1} series, ${readings} readings`, 'windows hit', 'false alarms'],
    sums.map(({ hits, falseAlarms }, index) => [SENSITIVITIES[index], `${hits} of ${windows}`, falseAlarms]),
  );
}

async function printCost() {
  const { normal } = random(1);
  const readings = series(() => normal(), 1_000_000, 1);
  const rates = [];
  let state;
  for (let run = 0; run < 5; run += 1) {
    const detector = detectorFactory.create();
    const started = performance.now();
    await detector.score(readings);
    rates.push(readings.length / ((performance.now() - started) / 1000));
    state = detector.save();
  }
  const median = rates.sort((a, b) => a - b)[2];
  console.log(
    `${(median / 1e6).toFixed(1)} million scores a second on one thread; ${state.length} bytes a sensor.`,
  );
}

/** Reads rows of timestamp,value, ordered by time. Of two rows with the same timestamp, the later one counts. */
function readReadings(file) {
  const values = new Map();
  for (const line of readFileSync(file, 'utf8').trim().split('\n').slice(1)) {
    const [timestamp, value] = line.split(',');
    values.set(microseconds(timestamp), Number(value));
  }
  return [...values]
    .map(([timestampUs, value]) => ({ timestampUs, value }))
    .sort((a, b) => a.timestampUs - b.timestampUs);
}

/** Parses text such as "2013-12-10 06:25", in UTC. */
function microseconds(text) {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`) * 1000;
}

function minute(timestampUs) {
  return new Date(timestampUs / 1000).toISOString().slice(0, 16).replace('T', ' ');
}

function table(head, rows) {
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
  console.log();
}
