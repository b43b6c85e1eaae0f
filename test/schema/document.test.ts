import { Validator } from '@seriousme/openapi-schema-validator';

import { Gateway } from '../support/gateway.js';

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, Response>>;
}
interface Document {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

describe('the OpenAPI document', () => {
  let gateway: Gateway;
  let document: Document;
  let operations: (readonly [name: string, operation: Operation])[];

  beforeAll(async () => {
    gateway = await Gateway.start();
    document = (await gateway.json('/api/openapi.json')) as Document;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    );
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it('is valid OpenAPI', async () => {
    expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
  });

  it('gives each operation a unique id that code generators can use', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z]+(?:[A-Z][a-z0-9]*)*$/.test(id))).toEqual([]);
    expect(operations.filter(([, { summary }]) => !summary)).toEqual([]);
  });

  it('opens with what a newcomer needs, and has a place for each group of routes', () => {
    const names = document.tags.map(({ name }) => name);
    expect(names.slice(0, 6)).toEqual(['ingest', 'readings', 'stream', 'sensors', 'rules', 'logs']);
    const used = operations.flatMap(([, { tags }]) => tags);
    expect([...new Set(used)].sort()).toEqual([...names].sort());
    const ofReadings = operations.filter(([, { tags }]) => tags.includes('readings'));
    expect(ofReadings.map(([name]) => name).slice(0, 3)).toEqual([
      'get /api/latest',
      'get /api/latest/{sensorId}',
      'get /api/readings/{sensorId}',
    ]);
  });

  it('describes every response', () => {
    const unsaid = operations.flatMap(([name, { responses }]) =>
      Object.entries(responses)
        .filter(
          ([status, { description, content }]) =>
            description === '' || (!content && !/^(204|304)$/.test(status)),
        )
        .map(([status]) => `${name} ${status}`),
    );
    expect(unsaid).toEqual([]);
  });

  it('lists the fields of every object schema', () => {
    const vague = Object.entries(document.components.schemas).filter(
      ([, { type, properties, additionalProperties }]) =>
        type === 'object' && !(properties && additionalProperties === false),
    );
    expect(vague.map(([name]) => name)).toEqual([]);
  });

  it('says which operations need a key, and when to repeat a refused request', () => {
    for (const [name, { security, responses }] of operations) {
      expect([name, '401' in responses]).toEqual([name, security !== undefined]);
      for (const status of ['429', '503']) {
        const { headers, content } = responses[status] ?? {};
        const isError = /(?:Influx1?)?ErrorDto$/.test(content?.['application/json']?.schema.$ref ?? '');
        if (isError)
          expect([name, Object.keys(headers ?? {})]).toEqual([name, expect.arrayContaining(['Retry-After'])]);
      }
    }
  });

  it("has InfluxDB's errors where its clients write, and the gateway's errors everywhere else", () => {
    const shapes = new Map<string, Set<string>>();
    for (const [name, { responses }] of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        const shape = content?.['application/json']?.schema.$ref?.replace(/.*\//, '');
        if (status >= '400' && shape) shapes.set(shape, (shapes.get(shape) ?? new Set()).add(name));
      }
    }
    const influx1 = ['get /query', 'post /query', 'post /write'];
    expect([...(shapes.get('InfluxErrorDto') ?? [])]).toEqual(['post /api/v2/write']);
    expect([...(shapes.get('Influx1ErrorDto') ?? [])].sort()).toEqual(influx1);
    for (const name of ['post /api/v2/write', ...influx1])
      expect(shapes.get('ErrorDto')?.has(name)).toBe(false);
    expect([...shapes.keys()].sort()).toEqual([
      'ErrorDto',
      'Influx1ErrorDto',
      'InfluxErrorDto',
      'NotFoundDto',
    ]);
  });
});
