// Measures the cost of rules: the same readings with no rule and with 100 rules, in interleaved rounds.
//   node bench/rules.mjs [readings in a round] [rounds]
// All readings are sent in line protocol, 5,000 in a request, with 4 requests in flight. Then a marker is sent. The time ends
// with the event of the marker, because everything before it was judged then.
import { median, printTable, startGateway } from './gateway.mjs';

const READINGS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const SENSORS = 1_000;
const BATCH = 5_000;
const BEGIN_US = Date.UTC(2026, 0, 30) * 1_000;

const KINDS = {
  thresholds: (i) =>
    i % 2
      ? { kind: 'above', threshold: 95 + i, hysteresis: 2 }
      : { kind: 'below', threshold: -i, forSeconds: 10 },
  'a mixture': (i) =>
    [
      { kind: 'above', threshold: 95 + i, hysteresis: 2 },
      { kind: 'below', threshold: -i, forSeconds: 10 },
      { kind: 'rate', perSecond: 1e6 + i },
      { kind: 'silent', afterSeconds: 600 + i },
      { kind: 'above', threshold: 95 + i, zone: `zone_${i % 10}` },
    ][i % 5],
};

const batches = Array.from({ length: READINGS / BATCH }, (_, batch) =>
  Array.from({ length: BATCH }, (_, i) => {
    const n = batch * BATCH + i;
    const sensor = n % SENSORS;
    const value = 50 + 40 * Math.sin(n / 7_919);
    return `sensor_predictions,sensor_id=sensor_${sensor},zone=zone_${sensor % 10} value=${value.toFixed(2)},latency_ms=12.3 ${BEGIN_US + Math.floor(n / SENSORS) * 1_000_000}`;
  }).join('\n'),
);

/** @returns readings a second until all are accepted, and until all are judged */
async function round(rules) {
  const gateway = await startGateway();
  for (const rule of rules) await gateway.post('/api/rules', rule);
  const marker = await gateway.post('/api/rules', { kind: 'above', threshold: 0, sensorId: 'marker' });
  const begun = performance.now();
  const rest = [...batches];
  const send = async () => {
    for (let body = rest.shift(); body; body = rest.shift())
      await gateway.post('/api/v2/write?precision=us', body, 'text/plain');
  };
  await Promise.all([send(), send(), send(), send()]);
  const accepted = performance.now();
  await gateway.post('/api/ingest', { sensorId: 'marker', zone: 'z', value: 1, latencyMs: 1 });
  while ((await gateway.json(`/api/logs?ruleId=${marker.id}`)).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const judged = performance.now();
  const memory = gateway.rss();
  await gateway.stop();
  return {
    accepted: READINGS / ((accepted - begun) / 1_000),
    judged: READINGS / ((judged - begun) / 1_000),
    behindMs: judged - accepted,
    memory,
  };
}

const candidates = {
  'no rule': [],
  '100 thresholds': Array.from({ length: 100 }, (_, i) => KINDS.thresholds(i)),
  '100 rules of all kinds but anomaly': Array.from({ length: 100 }, (_, i) => KINDS['a mixture'](i)),
  '1 anomaly rule': [{ kind: 'anomaly' }],
};
const results = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
for (let i = 0; i < ROUNDS; i += 1)
  for (const [name, rules] of Object.entries(candidates)) results[name].push(await round(rules));

const of = (name, key) => median(results[name].map((result) => result[key]));
printTable(
  ['rules', 'accepted a second', 'judged a second', 'ratio to no rule', 'behind at the end', 'RSS'],
  Object.keys(candidates).map((name) => [
    name,
    Math.round(of(name, 'accepted')).toLocaleString('en'),
    Math.round(of(name, 'judged')).toLocaleString('en'),
    (of(name, 'judged') / of('no rule', 'judged')).toFixed(2),
    `${Math.round(of(name, 'behindMs'))} ms`,
    `${Math.round(of(name, 'memory') / (1 << 20))} MiB`,
  ]),
);
