// The peers of the gateway, and the target of each ratio. A ratio is the gateway's figure divided by the peer's. For rates a
// larger ratio is better, for times a smaller one.
const rate = (work, peer, target, peerWork = work) => ({ measure: 'rate', work, peer, peerWork, target });
const p99 = (work, peer, target) => ({ measure: 'p99Ms', work, peer, peerWork: work, target });
const time = (work, peer, target) => ({ measure: 'medianMs', work, peer, peerWork: work, target });
/** A time without a peer: a limit for any machine. */
const limit = (system, work, targetMs) => ({
  measure: 'p99Ms',
  system,
  work,
  target: targetMs,
  isLimit: true,
});

export const COMPARISONS = [
  rate('one32', 'floor', 1),
  p99('one32', 'floor', 2),
  rate('one32', 'flask', 20),
  rate('one32', 'fastify'),
  rate('one32', 'influxdb'),
  rate('one32', 'telegraf'),
  rate('one32', 'telegrafDisk'),
  rate('one32', 'victoriametrics'),
  rate('one128', 'floor', 0.7),
  p99('one128', 'floor', 2),
  rate('one128', 'flask', 20),
  rate('one128', 'fastify'),
  rate('one128', 'influxdb'),
  rate('one128', 'telegraf'),
  rate('one128', 'telegrafDisk'),
  rate('one128', 'victoriametrics'),
  rate('lines', 'floor', 0.7, 'json'),
  rate('lines', 'influxdb'),
  rate('lines', 'telegraf'),
  rate('lines', 'telegrafDisk'),
  rate('lines', 'victoriametrics'),
  rate('json', 'floor', 0.6),
  rate('json', 'fastify'),
  rate('ndjson', 'floor', 0.6, 'json'),
  rate('forward', 'influxdb', 0.95, 'lines5000'),
  rate('latest', 'fastify', 0.7),
  rate('notModified', 'gateway', 1, 'latest'),
  time('history', 'influxdb', 1.1),
  limit('embedded', 'history', 50),
];

/** Says whether a ratio, or a time with a limit, meets its target. */
export function verdict({ measure, target }, value) {
  if (target === undefined) return '';
  const short = measure === 'rate' ? target - value : value - target;
  return short <= 0 ? 'holds' : `missed by ${short.toFixed(2)}`;
}

/** The target as the table shows it. */
export function targetText({ measure, target, isLimit }) {
  if (target === undefined) return '';
  return `${measure === 'rate' ? 'at least' : 'below'} ${target.toFixed(2)}${isLimit ? ' ms' : ''}`;
}
