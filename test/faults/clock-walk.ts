import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { fromInfluxDb, type Point } from './account.js';

export const HOUR_S = 3_600;
export const DAY_S = 24 * HOUR_S;
export const YEAR_S = 365 * DAY_S;

/** How far a timestamp may be from what the clock showed when the reading was accepted. */
const TOLERANCE_MS = 1_000;
/** How long a time may differ from what two timestamps say. */
const SPACING_TOLERANCE_MS = 30;
/** The gateway compares its clocks every second. */
const QUIET_MS = 1_200;
const EVERYTHING = 'from=0&to=2200-01-01T00:00:00Z&limit=10000';

type Variables = Readonly<Record<string, string>>;

/** A store that the walks use; its server runs while the tests of a file do. */
export interface Store {
  readonly name: string;
  /** The variables for an empty store. */
  readonly create: () => Promise<Variables>;
  /** All points, read without the gateway; undefined where nothing else can read them. */
  readonly readBack?: (variables: Variables) => Promise<Point[]>;
  /** Deletes readings while the gateway does not run, as docs/operations.md says. Times have no fraction. */
  readonly delete: (variables: Variables, from: string, to: string) => void | Promise<void>;
}

export function embeddedStore(): Store {
  return {
    name: 'the embedded store',
    create: () => Promise.resolve({}),
    delete: ({ DATA_DIR = '' }, from, to) => {
      const file = new Database(join(DATA_DIR, 'readings.db'));
      file.exec(`DELETE FROM readings
        WHERE timestamp_us >= strftime('%s', '${from}') * 1000000
          AND timestamp_us < strftime('%s', '${to}') * 1000000`);
      file.close();
    },
  };
}

/** To be called where hooks may be declared. */
export function influxDbStore(): Store {
  let influxd: Influxd | undefined;
  const running = (): Influxd => {
    if (!influxd) throw new Error('InfluxDB does not run');
    return influxd;
  };
  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(() => influxd?.stop());
  return {
    name: 'InfluxDB',
    create: async () => running().variables(await running().createBucket()),
    readBack: (variables) => fromInfluxDb(variables, running().url)(),
    delete: ({ INFLUXDB_BUCKET = '' }, from, to) =>
      running().delete(INFLUXDB_BUCKET, from, to, '_measurement="sensor_predictions"'),
  };
}

/** A reading that was acknowledged, and when, by the shifted clock. */
export interface Sent {
  readonly sensorId: string;
  readonly value: number;
  /** Milliseconds since the Unix epoch: between these two the reading was accepted. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Microseconds since the Unix epoch; undefined where the answer did not name it. */
  readonly timestampUs: number | undefined;
}

export interface ExpectedEvent {
  readonly type: 'critical' | 'normal';
  readonly message: RegExp;
  /** What the clock should have shown, and what it showed, milliseconds since the Unix epoch. */
  readonly fromMs?: number;
  readonly toMs: number;
}

/** A gateway whose clock is shifted, all that it acknowledged, and what it must answer: computed from the shift. */
export class ClockWalk {
  readonly sent: Sent[] = [];
  /** The values of readings without an answer: they may be stored. */
  private readonly unanswered = new Set<number>();
  private readonly refusals: string[] = [];
  private gatewayNow: Gateway | undefined;
  private value = 0;
  private readonly seenEvents = new Set<string>();

  private constructor(
    readonly clock: ShiftedClock,
    private readonly store: Store,
    private readonly variables: Variables,
  ) {}

  /** Starts a gateway over an empty store. */
  static async start(store: Store, shiftS = 0, variables: Variables = {}): Promise<ClockWalk> {
    const clock = await ShiftedClock.create();
    clock.set(shiftS);
    const all = { ...(await store.create()), DATA_DIR: emptyFolder(), ...clock.variables, ...variables };
    const walk = new ClockWalk(clock, store, all);
    await walk.launch();
    return walk;
  }

  get gateway(): Gateway {
    if (!this.gatewayNow) throw new Error('the gateway does not run');
    return this.gatewayNow;
  }

  get dataDir(): string {
    return this.gateway.dataDir;
  }

  /** Ends the gateway, and starts it again over the same folder. */
  async restart(signal: 'SIGTERM' | 'SIGKILL', meanwhile: () => void = () => undefined): Promise<void> {
    await this.gateway.stop(signal);
    meanwhile();
    await this.launch();
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
  }

  /** Sends a reading without a timestamp; the one that it gets must be what the clock shows. */
  async send(sensorId: string): Promise<Sent> {
    const sent = await this.sendAsItIs(sensorId);
    expect(inMs(sent.timestampUs)).toBeGreaterThanOrEqual(sent.fromMs - TOLERANCE_MS);
    expect(inMs(sent.timestampUs)).toBeLessThanOrEqual(sent.toMs + TOLERANCE_MS);
    return sent;
  }

  /** The same, but whatever the timestamp is. */
  async sendAsItIs(sensorId: string, more: object = {}): Promise<Sent> {
    const reading = this.next(sensorId);
    const fromMs = this.clock.nowMs;
    const response = await this.gateway.post('/api/ingest', { ...reading, ...more });
    const text = await response.text();
    expect([response.status, text]).toEqual([201, expect.any(String)]);
    const { timestamp } = JSON.parse(text) as { timestamp: string };
    const sent = {
      sensorId,
      value: reading.value,
      fromMs,
      toMs: this.clock.nowMs,
      timestampUs: microseconds(timestamp),
    };
    this.sent.push(sent);
    return sent;
  }

  /** Sends readings without timestamps as one batch, as NDJSON, and as line protocol. */
  async sendBatches(sensorId: string, size = 20): Promise<void> {
    const path = '/api/ingest/batch';
    const batch = (): Reading[] => Array.from({ length: size }, () => this.next(sensorId));
    const json = (readings: Reading[]): string => JSON.stringify(readings);
    const ndjson = (readings: Reading[]): string => readings.map((one) => JSON.stringify(one)).join('\n');
    await this.sendMany(batch(), path, 'application/json', json);
    await this.sendMany(batch(), path, 'application/x-ndjson', ndjson);
    await this.sendMany(batch(), '/api/v2/write', 'text/plain', toLines);
  }

  /** Sends many single readings without timestamps, several at a time. */
  async sendBurst(sensorIds: readonly string[], each: number): Promise<void> {
    const one = async (sensorId: string): Promise<void> => {
      for (let count = 0; count < each; count += 1) await this.sendAsItIs(sensorId);
    };
    await Promise.all(sensorIds.map(one));
  }

  /** Sends single readings without timestamps, one after the other, whatever happens to the gateway. */
  async keepSending(sensorId: string, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const reading = this.next(sensorId);
      const fromMs = this.clock.nowMs;
      try {
        const response = await this.gateway.post('/api/ingest', reading);
        const text = await response.text();
        const { timestamp } = JSON.parse(text) as { timestamp?: string };
        const timestampUs = timestamp === undefined ? undefined : microseconds(timestamp);
        const one = { sensorId, value: reading.value, fromMs, toMs: this.clock.nowMs, timestampUs };
        if (timestampUs === undefined) this.refusals.push(text);
        else this.sent.push(one);
      } catch {
        this.unanswered.add(reading.value);
        await pause(20);
      }
    }
  }

  /** Two readings must be as far apart as they were sent. */
  async expectSpacing(sensorId: string): Promise<void> {
    const first = await this.send(sensorId);
    await pause(300);
    const second = await this.send(sensorId);
    const apartMs = inMs(second.timestampUs) - inMs(first.timestampUs);
    expect(apartMs).toBeGreaterThanOrEqual(second.fromMs - first.toMs - SPACING_TOLERANCE_MS);
    expect(apartMs).toBeLessThanOrEqual(second.toMs - first.fromMs + SPACING_TOLERANCE_MS);
  }

  /** The last reading of a sensor whose answer named its timestamp. */
  lastOf(sensorId: string): Sent {
    const last = this.sent.findLast((one) => one.sensorId === sensorId && one.timestampUs !== undefined);
    if (!last) throw new Error(`nothing was sent for ${sensorId}`);
    return last;
  }

  /** Readings of one sensor with a timestamp that it had before. */
  stampsGivenTwice(): Sent[] {
    const seen = new Set<string>();
    return this.sent.filter(({ sensorId, timestampUs }) => {
      const point = `${sensorId} ${timestampUs}`;
      const isSecond = timestampUs !== undefined && seen.has(point);
      seen.add(point);
      return isSecond;
    });
  }

  /** Readings that need a clock, by every route, are refused with 503 and can be sent again later. */
  async expectNotSet(sensorId: string): Promise<void> {
    const { accepted } = await this.gateway.pipeline();
    const reading = { sensorId, zone: 'z', value: 1, latencyMs: 1 };
    const timestamp = Math.floor(Math.max(Date.now(), this.clock.nowMs + 2 * DAY_S * 1_000));
    const stamped = { ...reading, timestamp };
    const line = `sensor_predictions,sensor_id=${sensorId},zone=z value=1,latency_ms=1`;
    const json = 'application/json';
    const requests = [reading, stamped].flatMap((one) => [
      ['/api/ingest', json, JSON.stringify(one)],
      ['/api/ingest/batch', json, JSON.stringify([one, one])],
      ['/api/ingest/batch', 'application/x-ndjson', `${JSON.stringify(one)}\n${JSON.stringify(one)}\n`],
    ]);
    requests.push(
      ['/api/v2/write', 'text/plain', line],
      ['/api/v2/write', 'text/plain', `${line} ${timestamp}000000`],
    );
    for (const [path = '', type = '', body = ''] of requests) {
      const response = await this.gateway.post(path, body, { 'content-type': type });
      const { code } = (await response.json()) as { code: string };
      const retryAfter = Number(response.headers.get('retry-after'));
      expect({ path, body, status: response.status, code, retryAfter }).toEqual({
        path,
        body,
        status: 503,
        code: path === '/api/v2/write' ? 'unavailable' : 'CLOCK_NOT_SET',
        retryAfter: expect.any(Number),
      });
      expect(retryAfter).toBeGreaterThan(0);
    }
    expect((await this.gateway.pipeline()).accepted).toBe(accepted);
  }

  /** In latest, in the list of sensors, and after a reset of a stream. */
  async expectLatest(...expected: readonly Sent[]): Promise<void> {
    const { gateway } = this;
    const readings = expected.map(({ sensorId, value, timestampUs }) => ({ sensorId, value, timestampUs }));
    const ids = expected.map(({ sensorId }) => sensorId);
    const query = `?sensorId=${ids.join(',')}`;
    expect(((await gateway.json(`/api/latest${query}`)) as Shown[]).map(short)).toEqual(readings);
    for (const [index, sensorId] of ids.entries()) {
      const latest = (await gateway.json(`/api/latest/${sensorId}`)) as Shown & { found: boolean };
      expect([latest.found, short(latest)]).toEqual([true, readings[index]]);
    }
    expect((await this.readingsAfterReset(query, ids.length)).map(short)).toEqual(readings);
    const sensors = (await gateway.json('/api/sensors?limit=1000')) as SensorShown[];
    for (const { sensorId, fromMs, toMs } of expected) {
      const { lastSeen = '', status } = sensors.find((sensor) => sensor.sensorId === sensorId) ?? {};
      expect(Date.parse(lastSeen)).toBeGreaterThanOrEqual(fromMs - TOLERANCE_MS);
      expect(Date.parse(lastSeen)).toBeLessThanOrEqual(toMs + TOLERANCE_MS);
      expect(status).toBe('online');
    }
  }

  /** A chart of a sensor must have all readings with a timestamp in the range: raw, and per bucket. */
  async expectCharts(sensorId: string, fromMs: number, toMs: number, every = '10s'): Promise<void> {
    await this.gateway.settled();
    const [fromUs, toUs] = [Math.floor(fromMs) * 1_000, Math.floor(toMs) * 1_000];
    const expected = this.sent
      .filter((one) => one.sensorId === sensorId)
      .map(({ value, timestampUs = NaN }) => ({ value, timestampUs }))
      .filter(({ timestampUs }) => timestampUs >= fromUs && timestampUs < toUs)
      .sort((a, b) => a.timestampUs - b.timestampUs);
    const range = `/api/readings/${sensorId}?from=${fromUs / 1_000}&to=${toUs / 1_000}`;
    const raw = (await this.gateway.json(`${range}&limit=10000`)) as Shown[];
    expect(raw.map(short)).toEqual(expected.map((reading) => ({ sensorId, ...reading })));
    const buckets = (await this.gateway.json(`${range}&every=${every}`)) as BucketShown[];
    const everyUs = Number.parseInt(every) * 1_000_000;
    expect(buckets).toEqual(bucketsOf(expected, everyUs));
  }

  /**
   * All that was acknowledged is in the store, once, with its value and its timestamp, and nothing else is.
   * @returns how many readings are stored
   */
  async expectAccount(): Promise<number> {
    const { gateway, sent } = this;
    await gateway.settled();
    expect(this.refusals).toEqual([]);
    const shown: Point[] = [];
    for (const sensorId of new Set(sent.map((one) => one.sensorId)))
      shown.push(...((await gateway.json(`/api/readings/${sensorId}?${EVERYTHING}`)) as Point[]));
    this.expectPoints(shown);
    if (this.store.readBack) this.expectPoints(await this.store.readBack(this.variables));
    const { accepted, stored, deadLettered } = await gateway.pipeline();
    const count = shown.length;
    expect({ accepted, stored, deadLettered }).toEqual({ accepted: count, stored: count, deadLettered: 0 });
    return count;
  }

  /** Deletes readings from one second to another, as docs/operations.md says. */
  async deleteReadings(fromMs: number, toMs: number): Promise<void> {
    await this.gateway.stop();
    await this.store.delete(this.variables, toSeconds(fromMs), toSeconds(toMs));
    for (const one of this.sent.splice(0))
      if (inMs(one.timestampUs) < fromMs || inMs(one.timestampUs) >= toMs) this.sent.push(one);
    await this.launch();
  }

  /** Waits for these events about the clock, in any order; since the last call there must be no others. */
  async expectEvents(...expected: readonly ExpectedEvent[]): Promise<void> {
    const fresh = async (): Promise<LogEntry[]> =>
      (await this.clockEvents()).filter(({ id }) => !this.seenEvents.has(id));
    const enough = async (): Promise<true | undefined> =>
      (await fresh()).length >= expected.length ? true : undefined;
    if (expected.length === 0) await pause(QUIET_MS);
    await until(enough, 'events about the clock', 5_000).catch(() => undefined);
    const others = await fresh();
    for (const { id } of others) this.seenEvents.add(id);
    const missing = expected.filter((one) => {
      const index = others.findIndex((event) => isLike(event, one));
      if (index >= 0) others.splice(index, 1);
      return index < 0;
    });
    expect({ missing: missing.map(describeEvent), others }).toEqual({ missing: [], others: [] });
  }

  /** Whatever was reported until now is as expected. */
  async skipEvents(): Promise<void> {
    for (const { id } of await this.clockEvents()) this.seenEvents.add(id);
  }

  private async clockEvents(): Promise<LogEntry[]> {
    const entries = (await this.gateway.json('/api/logs?limit=1000')) as LogEntry[];
    return entries.filter(({ message }) => /clock|was off/.test(message));
  }

  private next(sensorId: string): Reading {
    return { sensorId, zone: 'z', value: (this.value += 1), latencyMs: 1 };
  }

  private async launch(): Promise<void> {
    this.gatewayNow = await Gateway.start({ ...this.variables });
  }

  private async sendMany(
    readings: Reading[],
    path: string,
    type: string,
    encode: (readings: Reading[]) => string,
  ): Promise<void> {
    const fromMs = this.clock.nowMs;
    const response = await this.gateway.post(path, encode(readings), { 'content-type': type });
    expect([response.ok, await response.text()]).toEqual([true, expect.any(String)]);
    const toMs = this.clock.nowMs;
    for (const { sensorId, value } of readings)
      this.sent.push({ sensorId, value, fromMs, toMs, timestampUs: undefined });
  }

  private expectPoints(points: readonly Point[]): void {
    const byValue = new Map(this.sent.map((one) => [one.value, one]));
    const wrong = points.filter(({ sensorId, value, timestamp }) => {
      const sent = byValue.get(value);
      if (!sent) return !this.unanswered.has(value);
      const us = microseconds(timestamp);
      const isRight =
        sent.sensorId === sensorId &&
        (sent.timestampUs === undefined ? isWithin(us, sent) : sent.timestampUs === us);
      if (isRight) byValue.delete(value);
      return !isRight;
    });
    expect({ missing: [...byValue.values()], wrong }).toEqual({ missing: [], wrong: [] });
  }

  /** What a client gets whose place in the stream is not known any more. */
  private async readingsAfterReset(query: string, count: number): Promise<Shown[]> {
    const { body } = await this.gateway.get(`/api/stream${query}`, {
      headers: { 'last-event-id': 'unknown' },
    });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const readings = (): Shown[] =>
      Array.from(
        text.matchAll(/event: reading\ndata: (.*)\n\n/g),
        ([, json = '']) => JSON.parse(json) as Shown,
      );
    while (readings().length < count) {
      const { value, done } = (await reader?.read()) ?? { value: '', done: true };
      if (done) break;
      text += value;
    }
    await reader?.cancel();
    expect(text).toContain('event: reset\n');
    return readings();
  }
}

interface Reading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number;
}

type Shown = Pick<Point, 'sensorId' | 'timestamp' | 'value'>;

interface SensorShown {
  readonly sensorId: string;
  readonly lastSeen?: string;
  readonly status: string;
}

interface BucketShown {
  readonly start: string;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly last: number;
}

interface LogEntry {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly message: string;
}

function short({ sensorId, value, timestamp }: Shown): object {
  return { sensorId, value, timestampUs: microseconds(timestamp) };
}

function bucketsOf(
  readings: readonly { value: number; timestampUs: number }[],
  everyUs: number,
): BucketShown[] {
  const byStart = new Map<number, number[]>();
  for (const { value, timestampUs } of readings) {
    const startUs = Math.floor(timestampUs / everyUs) * everyUs;
    byStart.set(startUs, [...(byStart.get(startUs) ?? []), value]);
  }
  return Array.from(byStart, ([startUs, values]) => ({
    start: new Date(startUs / 1_000).toISOString().replace('.000', ''),
    count: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    mean: expect.closeTo(values.reduce((sum, value) => sum + value, 0) / values.length, 6) as number,
    last: values.at(-1) ?? NaN,
  }));
}

function toLines(readings: readonly Reading[]): string {
  return readings
    .map(
      ({ sensorId, zone, value, latencyMs }) =>
        `sensor_predictions,sensor_id=${sensorId},zone=${zone} value=${value},latency_ms=${latencyMs}`,
    )
    .join('\n');
}

function isWithin(us: number, { fromMs, toMs }: Sent): boolean {
  return us / 1_000 >= fromMs - TOLERANCE_MS && us / 1_000 <= toMs + TOLERANCE_MS;
}

/** Times in messages have no fraction, and the gateway looks at its clock every second. */
function isNear(text: string | undefined, ms: number | undefined): boolean {
  return ms === undefined || Math.abs(Date.parse(text ?? '') - ms) <= 3_000;
}

function isLike({ type, message, time }: LogEntry, expected: ExpectedEvent): boolean {
  const times = message.match(/\d{4}-\d\d-\d\dT[\d:]+Z/g) ?? [];
  return (
    type === expected.type &&
    expected.message.test(message) &&
    (times.length === 0 || isNear(times.at(-1), expected.toMs)) &&
    (expected.fromMs === undefined || isNear(times.at(-2), expected.fromMs)) &&
    Math.abs(Date.parse(time) - expected.toMs) <= 5_000
  );
}

function describeEvent({ type, message, fromMs, toMs }: ExpectedEvent): string {
  const times = [fromMs, toMs].map((ms) => (ms === undefined ? '' : new Date(ms).toISOString()));
  return `${type} ${message.source} from ${times.join(' to ')}`;
}

function toSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}

export function inMs(us: number | undefined): number {
  return us === undefined ? NaN : us / 1_000;
}

export function microseconds(timestamp: string): number {
  const [, whole = '', fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(timestamp) ?? [];
  return Date.parse(`${whole}Z`) * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
