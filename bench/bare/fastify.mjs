// Fastify with schemas and nothing else: the reference for any gateway that is built on it.
//   node bench/bare/fastify.mjs           stores nothing
//   node bench/bare/fastify.mjs FILE      each reply waits until its readings are on disk, in FILE
import Fastify from 'fastify';

import { openGroupCommit } from './group-commit.mjs';

const [file] = process.argv.slice(2);
const commit = file ? openGroupCommit(file) : undefined;

const text = { type: 'string', minLength: 1 };
const reading = {
  type: 'object',
  required: ['sensorId', 'zone', 'value', 'latencyMs'],
  properties: {
    sensorId: text,
    zone: text,
    value: { type: 'number' },
    latencyMs: { type: 'number', minimum: 0 },
  },
};
const answer = (properties) => ({ type: 'object', properties });
const string = { type: 'string' };
const ingested = answer({
  success: { type: 'boolean' },
  message: string,
  sensorId: string,
  timestamp: string,
});
const batch = answer({ success: { type: 'boolean' }, accepted: { type: 'integer' } });
const latest = answer({
  ...{ sensorId: string, zone: string, value: { type: 'number' }, latencyMs: { type: 'number' } },
  ...{ timestamp: string, found: { type: 'boolean' } },
});

const row = ({ sensorId, zone, value, latencyMs }, timestamp) =>
  `${sensorId},${zone},${value},${latencyMs},${timestamp}\n`;

const app = Fastify({ bodyLimit: 16 << 20 });

app.post(
  '/api/ingest',
  { schema: { body: reading, response: { 201: ingested } } },
  async (request, reply) => {
    const timestamp = new Date().toISOString();
    if (commit) await commit(row(request.body, timestamp));
    reply.code(201);
    return { success: true, message: 'Data ingested', sensorId: request.body.sensorId, timestamp };
  },
);

const many = { type: 'array', maxItems: 10_000, items: reading };
app.post('/api/ingest/batch', { schema: { body: many, response: { 200: batch } } }, async ({ body }) => {
  const timestamp = new Date().toISOString();
  let rows = '';
  if (commit) {
    for (const one of body) rows += row(one, timestamp);
    await commit(rows);
  }
  return { success: true, accepted: body.length };
});

const fixed = {
  ...{ sensorId: 'sensor_0001', zone: 'zone_1', value: 12.34, latencyMs: 5.67 },
  ...{ timestamp: '2026-01-30T00:00:00.000Z', found: true },
};
app.get('/api/latest/:sensorId', { schema: { response: { 200: latest } } }, async () => fixed);

console.log(`listens on ${await app.listen({ host: '127.0.0.1', port: 0 })}`);
process.once('SIGTERM', () => process.exit(0));
