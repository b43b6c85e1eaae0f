import { gzipSync } from 'node:zlib';

import { until } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';

const BEGINNING_MS = Date.UTC(2026, 0, 30);
/** How long a device waits after anything but success, so that it does not flood a gateway that is down. */
const PAUSE_MS = 20;

export interface Sent {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number;
  readonly timestamp: number;
}

/** A reading's identity, as text: its sensor and its milliseconds since the Unix epoch. */
export function keyOf({ sensorId, timestamp }: { sensorId: string; timestamp: number | string }): string {
  return `${sensorId} ${typeof timestamp === 'number' ? timestamp : Date.parse(timestamp)}`;
}

/** The gateway's response to each reading, by its key, with its value. */
export class Ledger {
  readonly acknowledged = new Map<string, number>();
  /** There was no answer: it may be stored, once. */
  readonly unknown = new Map<string, number>();
  /** Answered with 4xx or 5xx, or named in a batch's errors: it must never be stored. */
  readonly turnedAway = new Map<string, number>();
  /** Those of them that a 4xx refused, or a batch's errors. */
  readonly refused = new Map<string, number>();
  /** Requests that were cut without an answer although the gateway had taken the connection. */
  cut = 0;
  /** Readings in requests that were answered 503, by code. */
  readonly putOff = new Map<string, number>();

  put(readings: readonly Sent[], ...to: Map<string, number>[]): void {
    for (const reading of readings) for (const map of to) map.set(keyOf(reading), reading.value);
  }
}

/** How a request is made: its path, type, and body. */
interface Route {
  readonly path: string;
  readonly type: string;
  readonly encode: (readings: readonly Sent[]) => string;
  readonly gzip?: boolean;
}

const SINGLE: Route = {
  path: '/api/ingest',
  type: 'application/json',
  encode: ([reading]) => JSON.stringify(reading),
};
const BATCH: Route = {
  path: '/api/ingest/batch',
  type: 'application/json',
  encode: (readings) => JSON.stringify(readings),
};
const NDJSON: Route = {
  path: '/api/ingest/batch',
  type: 'application/x-ndjson',
  encode: (readings) => readings.map((reading) => JSON.stringify(reading)).join('\n'),
  gzip: true,
};
const LINES: Route = {
  path: '/api/v2/write?precision=ms',
  type: 'text/plain',
  encode: (readings) =>
    readings
      .map(
        ({ sensorId, zone, value, latencyMs, timestamp }) =>
          `sensor_predictions,sensor_id=${sensorId},zone=${zone} value=${value},latency_ms=${latencyMs} ${timestamp}`,
      )
      .join('\n'),
};

/** Each sender takes the next one for its next request: mostly single readings, as devices send them. */
const ROUTES: readonly (readonly [Route, number])[] = [
  [SINGLE, 1],
  [BATCH, 30],
  [SINGLE, 1],
  [NDJSON, 60],
  [SINGLE, 1],
  [LINES, 30],
];

/** Many senders of readings that are all different; the value is a number that no other reading has. */
export class Load {
  readonly ledger = new Ledger();
  private count = 0;
  private requests = 0;
  private stopped = false;

  /** @param prefix begins the sensors' names; loads in one bucket need different ones */
  constructor(
    readonly sensors: number,
    readonly prefix: string,
    private readonly startMs = BEGINNING_MS,
  ) {}

  /**
   * Sends by all routes until stop(), after which it may be called again.
   * @param pauseMs between a sender's requests, for runs that take long
   */
  async send(gateway: () => Gateway, senders = 8, pauseMs = 0): Promise<void> {
    this.stopped = false;
    await Promise.all(
      Array.from({ length: senders }, async () => {
        while (!this.stopped) {
          const [route, size] = ROUTES[(this.requests += 1) % ROUTES.length] ?? [SINGLE, 1];
          const outcome = await this.sendOne(gateway(), this.next(size), route);
          if (outcome !== 'taken') await pause(PAUSE_MS);
          if (pauseMs > 0) await pause(pauseMs);
        }
      }),
    );
  }

  /** Sends batches with an Idempotency-Key until stop(), each again until it is taken or refused with a 4xx. */
  async sendKeyed(gateway: () => Gateway, pauseMs: number): Promise<void> {
    while (this.goesOn()) {
      const readings = this.next(20);
      const key = `${this.prefix} ${(this.requests += 1)}`;
      let outcome: Outcome;
      do {
        outcome = await this.sendOne(gateway(), readings, BATCH, { 'idempotency-key': key });
        await pause(pauseMs);
      } while (this.goesOn() && (outcome === 'put off' || outcome === 'unanswered'));
    }
  }

  stop(): void {
    this.stopped = true;
  }

  /** How many readings were made so far: the value of the last one. */
  get made(): number {
    return this.count;
  }

  /** Sends one batch. */
  async sendBatch(gateway: Gateway, size: number): Promise<boolean> {
    return (await this.sendOne(gateway, this.next(size), BATCH)) === 'taken';
  }

  next(size: number): Sent[] {
    return Array.from({ length: size }, () => {
      const value = (this.count += 1);
      const sensorId = `${this.prefix}${value % this.sensors}`;
      return { sensorId, zone: 'z', value, latencyMs: 1, timestamp: this.startMs + value };
    });
  }

  /** Waits for this number of further acknowledgements. */
  async untilMore(acknowledged: number): Promise<void> {
    const enough = this.ledger.acknowledged.size + acknowledged;
    await until(
      () => (this.ledger.acknowledged.size >= enough ? true : undefined),
      `${acknowledged} more acknowledgements`,
      120_000,
    );
  }

  private goesOn(): boolean {
    return !this.stopped;
  }

  private async sendOne(
    gateway: Gateway,
    readings: readonly Sent[],
    route: Route,
    headers: Record<string, string> = {},
  ): Promise<Outcome> {
    const { ledger } = this;
    const body = route.encode(readings);
    try {
      const response = await fetch(`${gateway.url}${route.path}`, {
        method: 'POST',
        headers: {
          'content-type': route.type,
          ...(route.gzip && { 'content-encoding': 'gzip' }),
          ...(gateway.key !== '' && { authorization: `Bearer ${gateway.key}` }),
          ...headers,
        },
        body: route.gzip ? gzipSync(body) : body,
      });
      const text = await response.text();
      if (response.ok) {
        this.takeOver(readings, text);
        return 'taken';
      }
      if (response.status < 500) {
        ledger.put(readings, ledger.refused, ledger.turnedAway);
        return 'refused';
      }
      ledger.put(readings, ledger.turnedAway);
      const code = (JSON.parse(text) as { code: string }).code;
      ledger.putOff.set(code, (ledger.putOff.get(code) ?? 0) + readings.length);
      return 'put off';
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      // It never reached the gateway, so it counts as not sent.
      if (code === 'ECONNREFUSED') return 'put off';
      ledger.put(readings, ledger.unknown);
      ledger.cut += 1;
      return 'unanswered';
    }
  }

  /** A batch names those it does not accept. */
  private takeOver(readings: readonly Sent[], text: string): void {
    const { errors = [] } = (text === '' ? {} : JSON.parse(text)) as { errors?: { index: number }[] };
    const bad = new Set(errors.map(({ index }) => index));
    this.ledger.put(
      readings.filter((_, index) => !bad.has(index)),
      this.ledger.acknowledged,
    );
    this.ledger.put(
      readings.filter((_, index) => bad.has(index)),
      this.ledger.refused,
      this.ledger.turnedAway,
    );
  }
}

/** The outcome of a request: taken with 2xx, refused with 4xx, put off with 5xx or when no gateway listens, or unknown. */
type Outcome = 'taken' | 'refused' | 'put off' | 'unanswered';

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
