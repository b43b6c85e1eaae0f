import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { BadServer } from '../support/bad-server.js';
import { ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Scrape } from '../support/metrics.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = Record<string, Json>;

/** The stored copy of the interface; UPDATE_INTERFACE=1 writes it again. */
const FOLDER = join(ROOT, 'test', 'fixtures', 'interface');
const READING = { sensorId: 'pump_77', zone: 'boiler_room', value: 1, latencyMs: 1 };
/** Routes that openapi.json does not describe. */
const FILES = ['/api/docs', '/api/openapi.json', '/assets/{file}'];
/** The keys of openapi.json that hold wording, or what changes with each version. */
const WORDING = ['description', 'summary', 'example', 'examples', 'info'];
/** Lists of openapi.json without an order. */
const UNORDERED = ['required', 'enum', 'tags', 'parameters'];

/** Compares with the stored copy, or replaces it. */
function expectStored(name: string, actual: Json): void {
  const path = join(FOLDER, `${name}.json`);
  const sorted = sortKeys(actual);
  if (process.env.UPDATE_INTERFACE) writeFileSync(path, `${print(sorted)}\n`);
  expect(sorted).toEqual(JSON.parse(readFileSync(path, 'utf8')));
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key] ?? null)]));
}

/** Formats JSON with each short value on one line, so that a diff is easy to read. */
function print(value: Json, indent = ''): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= 110 || value === null || typeof value !== 'object') return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => print(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${print(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** Removes the wording. The rest is what other programs depend on. */
function withoutWording(value: Json, codes: readonly string[], areNames = false): Json {
  if (Array.isArray(value)) return value.map((item) => withoutWording(item, codes));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    // A field may be called "description"; a schema's description is wording.
    if (areNames) return [[key, withoutWording(item, codes)]];
    if (WORDING.includes(key)) return [];
    if (UNORDERED.includes(key) && Array.isArray(item))
      return [[key, item.map((one) => withoutWording(one, codes)).sort(byText)]];
    if (key === 'responses') return [[key, responses(item as Record<string, JsonObject>, codes)]];
    return [[key, withoutWording(item, codes, ['properties', 'schemas', 'paths', 'headers'].includes(key))]];
  });
  return Object.fromEntries(kept);
}

function byText(one: Json, other: Json): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

/** The description of a response names its error codes. They are part of the interface. */
function responses(byStatus: Record<string, JsonObject>, codes: readonly string[]): Json {
  const entries = Object.entries(byStatus).map(([status, response]): [string, Json] => {
    const words = JSON.stringify(response.description).split(/\W+/);
    const named = codes.filter((code) => words.includes(code)).sort();
    return [status, { ...(withoutWording(response, codes) as JsonObject), codes: named }];
  });
  return Object.fromEntries(entries);
}

/** Each family of metrics, with its type and the names of its labels. */
function families({ types, samples }: Scrape): Record<string, { type: string; labels: string[] }> {
  const entries = Array.from(types, ([family, type]) => {
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => family + end) : [family];
    const labels = samples
      .filter(({ name }) => names.includes(name))
      .flatMap((sample) => Object.keys(sample.labels));
    return [family, { type, labels: [...new Set(labels)].sort() }] as const;
  });
  return Object.fromEntries(entries);
}

/** A scrape in which each family has a sample. The one on garbage collection appears after the first collection. */
async function fullScrape(gateway: Gateway): Promise<Scrape> {
  await gateway.post('/api/ingest', READING);
  return until(async () => {
    const scrape = await Scrape.of(gateway);
    return Array.from(scrape.types.keys()).every((family) =>
      scrape.samples.some(({ name }) => name.startsWith(family)),
    )
      ? scrape
      : undefined;
  }, 'a line of each family of metrics');
}

/** Other programs depend on all of this; a difference breaks them. */
describe('the interface', () => {
  let gateway: Gateway;
  let document: {
    readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
    readonly components: { readonly schemas: { readonly ErrorCode: { readonly enum: readonly string[] } } };
  };

  beforeAll(async () => {
    gateway = await Gateway.start();
    document = (await gateway.json('/api/openapi.json')) as typeof document;
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it('has the same metrics as before, with either store', async () => {
    const embedded = families(await fullScrape(gateway));
    const server = await BadServer.start();
    const { variables } = server;
    await server.stop();
    const overInflux = await Gateway.start({ ...variables, STORE_TIMEOUT: '1s' });
    expect(families(await fullScrape(overInflux))).toEqual(embedded);
    await overInflux.stop();
    expectStored('metrics', embedded);
  });

  it('has the same error codes as before, with the same status', () => {
    const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
    const listed = Array.from(page.matchAll(/^\| `([A-Z_]+)` +\| (\d{3}) +\|/gm), ([, code = '', status]) => [
      code,
      Number(status),
    ]);
    const statuses = Object.fromEntries(listed) as Record<string, number>;
    expect(Object.keys(statuses).sort()).toEqual([...document.components.schemas.ErrorCode.enum].sort());
    expectStored('error-codes', statuses);
  });

  it('has the same routes as before', async () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${path} ${method.toUpperCase()}`),
    );
    const page = await (await gateway.get('/', { headers: { accept: 'text/html' } })).text();
    const [asset = ''] = /\/?assets\/[\w.-]+/.exec(page) ?? [];
    const served: string[] = [];
    for (const path of FILES) {
      const response = await gateway.get(path.replace('/assets/{file}', `/${asset.replace(/^\//, '')}`));
      if (response.ok) served.push(`${path} GET`);
    }
    expectStored('routes', [...described, ...served].sort());
  });

  it('has the same operations, parameters, answers and schemas in openapi.json, whatever their wording', () => {
    const { enum: codes } = document.components.schemas.ErrorCode;
    expectStored('openapi', withoutWording(sortKeys(document as unknown as Json), codes));
  });
});
