import { performance } from 'node:perf_hooks';

import { HttpError, InfluxDB, type ParameterizedQuery } from '@influxdata/influxdb-client';

import { followSignal } from '../../common/scheduling/follow-signal.js';
import { traceHeaders } from '../../common/tracing/trace.js';
import { AnnotatedCsv, type TakeRow } from './annotated-csv.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import { messageOf, retryAfterMs } from './http-error.js';
import { InfluxqlAnswer, type TakeSeries } from './influxql-answer.js';
import { CredentialsRefused, DeletionRefused, ReadRefused } from '../reading-store.js';

export interface InfluxOptions {
  readonly url: string;
  readonly token: string;
  /** The organization's name or id. */
  readonly org: string;
  readonly bucket: string;
  /** How long one request may take before it counts as failed. */
  readonly timeoutMs: number;
  /** Whether to check again and again that InfluxDB takes writes; false for one that is only read. True when absent. */
  readonly probes?: boolean;
}

/** Milliseconds to wait before trying again when InfluxDB does not say. */
const RETRY_AFTER_MS = 5_000;
/** A deletion takes as long as it finds points: half a second for each million (measured on 2.9.1). */
const DELETE_TIMEOUT_MS = 120_000;
/** How much longer than its own limit a call may be silent. */
const LAST_MS = 5_000;
/** A server that answers a deletion with these will never carry it out. */
const DELETION_REFUSED = [400, 405, 413, 415, 422, 501];
const LINES_TYPE = 'text/plain; charset=utf-8';

/** The body of POST /api/v2/delete. InfluxDB includes both start and stop, and compares nanoseconds. */
export interface DeleteBody {
  readonly start: string;
  readonly stop: string;
  readonly predicate: string;
}

/** InfluxDB answered that it will never accept this body. */
export class WriteRefused extends Error {
  /** @param full InfluxDB's whole message; `message` is cut short and safe to show */
  constructor(
    message: string,
    readonly status: number,
    readonly full: string,
  ) {
    super(message);
  }
}

/** Reads an answer while it arrives. */
interface Answer {
  push(bytes: Uint8Array): void;
  end(): void;
}

interface PostOptions {
  readonly cancel: AbortSignal;
  readonly timeoutMs: number;
  /** Makes an error of an answer that says that the same call will never succeed. */
  readonly toRefusal: (error: HttpError) => Error | undefined;
}

interface ReadOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

/**
 * The calls that the store makes, over the official client's transport: the client's WriteApi keeps readings in memory
 * after it has accepted them, and its QueryApi cannot be aborted (see docs/decisions/store-port.md).
 */
export class InfluxConnection {
  private readonly influxDB: InfluxDB;
  private readonly writePath: string;
  private readonly queryPath: string;
  private readonly deletePath: string;
  /** Until when InfluxDB asked for no writes, by performance.now(), and its answer. */
  private paused: { readonly untilMs: number; readonly error: StoreUnavailable } | undefined;

  constructor(private readonly options: InfluxOptions) {
    // The client's own 10 s would end a deletion, during which InfluxDB sends nothing; each call has a limit of its own.
    const timeout = Math.max(DELETE_TIMEOUT_MS, options.timeoutMs) + LAST_MS;
    this.influxDB = new InfluxDB({ url: options.url, token: options.token, timeout });
    const org = encodeURIComponent(options.org);
    this.writePath = `/api/v2/write?org=${org}&bucket=${encodeURIComponent(options.bucket)}&precision=us`;
    this.deletePath = `/api/v2/delete?org=${org}&bucket=${encodeURIComponent(options.bucket)}`;
    this.queryPath = `/api/v2/query?org=${org}`;
  }

  /**
   * Returns once InfluxDB has stored the lines. An empty body writes nothing, but shows that a write would work: InfluxDB checks
   * token, organization and bucket first.
   * @throws WriteRefused when InfluxDB will never accept the body
   * @throws StoreUnavailable when the outcome is unknown; some or all lines may be stored
   */
  async write(lines: Buffer, cancel: AbortSignal): Promise<void> {
    // When InfluxDB asks one write to wait, all wait: readings of every lane, and the system log.
    const { untilMs = 0, error: reason } = this.paused ?? {};
    const pausedMs = untilMs - performance.now();
    if (reason && pausedMs > 0) throw new StoreUnavailable(reason.message, pausedMs, reason.cause, true);
    try {
      await this.post(this.writePath, lines, LINES_TYPE, {
        cancel,
        timeoutMs: this.options.timeoutMs,
        toRefusal: (error) => {
          if (![400, 413, 422].includes(error.statusCode)) return undefined;
          const full = messageOf(error);
          return new WriteRefused(this.redact(full), error.statusCode, full);
        },
      });
    } catch (error) {
      if (error instanceof StoreUnavailable && error.mustWait)
        this.paused = { untilMs: performance.now() + error.retryAfterMs, error };
      throw error;
    }
  }

  /**
   * Returns once InfluxDB has deleted points.
   * @throws DeletionRefused
   * @throws StoreUnavailable when some or all may not be deleted
   */
  async delete(body: DeleteBody, cancel: AbortSignal): Promise<void> {
    await this.post(this.deletePath, Buffer.from(JSON.stringify(body)), 'application/json', {
      cancel,
      timeoutMs: Math.max(DELETE_TIMEOUT_MS, this.options.timeoutMs),
      toRefusal: (error) =>
        DELETION_REFUSED.includes(error.statusCode)
          ? new DeletionRefused(this.redact(`${error.statusCode}: ${messageOf(error)}`), { cause: error })
          : undefined,
    });
  }

  /**
   * Returns once all rows of a Flux query have arrived.
   * @param take receives each row as it arrives; an async iterator would take longer for each row than reading it
   * @throws StoreUnavailable, also when the query fails after its first rows
   */
  async query(query: ParameterizedQuery, signal: AbortSignal, take: TakeRow): Promise<void> {
    const dialect = {
      header: true,
      delimiter: ',',
      quoteChar: '"',
      commentPrefix: '#',
      annotations: ['datatype', 'group', 'default'],
    };
    const body = JSON.stringify({ query: query.toString(), dialect, type: 'flux' });
    const headers = { ...traceHeaders(), 'content-type': 'application/json', accept: 'application/csv' };
    // An error after the first rows arrives as a row inside a 200.
    await this.read(this.queryPath, body, { method: 'POST', headers, signal }, new AnnotatedCsv(take));
  }

  /**
   * Sends a form to the interface of InfluxDB 1, and returns once the whole answer has arrived.
   * @throws StoreUnavailable, also when the query fails after its first rows
   */
  async queryInfluxql(form: URLSearchParams, signal: AbortSignal, take: TakeSeries): Promise<void> {
    const headers = { ...traceHeaders(), 'content-type': 'application/x-www-form-urlencoded' };
    const options = { method: 'POST', headers, signal };
    await this.read('/query', form.toString(), options, new InfluxqlAnswer(take));
  }

  /**
   * @param path with its query
   * @returns the JSON of an answer
   * @throws StoreUnavailable
   */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const texts: Buffer[] = [];
    const headers = { ...traceHeaders(), accept: 'application/json' };
    let answer: unknown;
    await this.read(
      path,
      '',
      { method: 'GET', headers, signal },
      {
        push: (bytes) => {
          texts.push(Buffer.from(bytes));
        },
        end: () => {
          answer = JSON.parse(Buffer.concat(texts).toString());
        },
      },
    );
    return answer;
  }

  private async read(path: string, body: string, options: ReadOptions, answer: Answer): Promise<void> {
    // The client leaves its listener on the signal, and a page of readings takes many queries with one signal.
    const { signal, end } = followSignal(options.signal);
    try {
      const request = { ...options, signal };
      for await (const chunk of this.influxDB.transport.iterate(path, body, request)) answer.push(chunk);
      answer.end();
      signal.throwIfAborted();
    } catch (error) {
      throw this.unavailable(error, signal, true);
    } finally {
      end();
    }
  }

  /**
   * Returns once InfluxDB has answered 204.
   * @throws what `toRefusal` makes of an answer; StoreUnavailable where it makes nothing
   */
  private async post(
    path: string,
    bytes: Buffer,
    type: string,
    { cancel, timeoutMs, toRefusal }: PostOptions,
  ): Promise<void> {
    const { signal, end } = followSignal(cancel, timeoutMs);
    try {
      const status = await this.send(path, bytes, type, signal);
      if (status !== 204) throw new Error(`HTTP ${status ?? 'without status'} where 204 was expected`);
    } catch (error) {
      const refusal = error instanceof HttpError ? toRefusal(error) : undefined;
      throw refusal ?? this.unavailable(error, signal);
    } finally {
      end();
    }
  }

  /** @returns the status of a successful answer */
  private send(path: string, bytes: Buffer, type: string, signal: AbortSignal): Promise<number | undefined> {
    const headers = { ...traceHeaders(), 'content-type': type };
    return new Promise((resolve, reject) => {
      let status: number | undefined;
      // The client's types ask for text and pass it to Buffer.from(), which also accepts bytes.
      const body = bytes as unknown as string;
      this.influxDB.transport.send(
        path,
        body,
        { method: 'POST', headers, signal },
        {
          responseStarted: (_, code) => {
            status = code;
          },
          error: reject,
          complete: () => {
            resolve(status);
          },
        },
      );
    });
  }

  /** The error to report. It leaves out the URL, which readers of the system log need not know. */
  private unavailable(error: unknown, signal: AbortSignal, isRead = false): StoreUnavailable {
    if (signal.aborted)
      return new StoreUnavailable('InfluxDB does not answer in time', RETRY_AFTER_MS, error);
    if (!(error instanceof HttpError)) {
      const reason = (error as { code?: string }).code ?? this.redact((error as Error).message);
      return new StoreUnavailable(`InfluxDB does not answer (${reason})`, RETRY_AFTER_MS, error);
    }
    const waitMs = retryAfterMs(error);
    // For who may not read it, InfluxDB does not have the bucket: 404, while it takes writes (2.9.1).
    if (isRead && [401, 403, 404].includes(error.statusCode))
      return new ReadRefused(this.explainRead(error), waitMs ?? RETRY_AFTER_MS, error, waitMs !== undefined);
    const Unavailable = [401, 403].includes(error.statusCode) ? CredentialsRefused : StoreUnavailable;
    return new Unavailable(
      `InfluxDB ${this.explain(error)}`,
      waitMs ?? RETRY_AFTER_MS,
      error,
      waitMs !== undefined,
    );
  }

  /** The other side's message, cut short and without the token: a proxy may repeat the request's headers. */
  private redact(message: string): string {
    return message.replaceAll(this.options.token, '…').slice(0, 300);
  }

  private explainRead(error: HttpError): string {
    const details = `${error.statusCode}: ${this.redact(messageOf(error))}`;
    return `INFLUXDB_TOKEN may not read INFLUXDB_BUCKET ${this.options.bucket} (InfluxDB: ${details}); give it the permission to read the bucket`;
  }

  private explain({ statusCode, message }: HttpError): string {
    const details = `${statusCode}: ${this.redact(message)}`;
    switch (statusCode) {
      case 401:
      case 403:
        return `refuses INFLUXDB_TOKEN for bucket ${this.options.bucket} (${details})`;
      case 404:
        return `does not know INFLUXDB_ORG ${this.options.org} or INFLUXDB_BUCKET ${this.options.bucket} (${details})`;
      default:
        return `fails (${details})`;
    }
  }
}
