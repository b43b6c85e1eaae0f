import { api, ask, dataOf, GATEWAY, type Latest, type LogEntry, type Sensor } from '../api/client.js';
import { onKeyChange } from '../api/key.js';
import { Board, type LiveReading } from './board.js';
import { type Connection, EventStream, type StreamMessage } from './event-stream.js';
import { Listeners } from './listeners.js';
import { Sparks } from './sparks.js';

/** Who is silent is asked for so often. */
const SENSORS_EVERY_MS = 30_000;
/** What stands is found in so many entries of the log, and no further back. */
const LOG_PAGES = 5;
const LOG_PAGE = 1_000;
const DAY = '-24h';

type ReadingListener = (reading: LiveReading) => void;
type LogListener = (entry: LogEntry) => void;

/** All that comes by itself: one connection to the gateway, whatever is looked at. */
class Live {
  readonly board = new Board();
  readonly sparks = new Sparks();
  /** Readings since the page was opened. */
  readings = 0;
  connection: Connection = { state: 'connecting' };
  readonly onConnection = new Listeners();
  private readonly resets = new Listeners();
  /** Tells that the stream has a gap: what was kept up by it must be loaded anew. */
  readonly onReset = this.resets.add;
  private readonly readingListeners = new Map<string, Set<ReadingListener>>();
  private readonly logListeners = new Set<LogListener>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private loading: Promise<void> | undefined;

  private readonly stream = new EventStream(
    (messages) => {
      this.take(messages);
    },
    (connection) => {
      this.connection = connection;
      this.onConnection.tell();
      if (connection.state === 'live') void this.load();
    },
  );

  start(): void {
    this.stream.start();
    this.timer = setInterval(() => {
      this.board.tick();
      if (this.connection.state === 'live') void this.loadAgain().catch(() => undefined);
    }, SENSORS_EVERY_MS);
    onKeyChange(() => {
      this.stream.stop();
      this.stream.start();
    });
  }

  stop(): void {
    this.stream.stop();
    clearInterval(this.timer);
  }

  retryNow(): void {
    this.stream.retryNow();
  }

  /** Tells of the readings of one sensor. @returns what ends it */
  onReading(sensorId: string, listener: ReadingListener): () => void {
    const listeners = this.readingListeners.get(sensorId) ?? new Set();
    this.readingListeners.set(sensorId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.readingListeners.delete(sensorId);
    };
  }

  /** Tells of entries of the log. @returns what ends it */
  onLog(listener: LogListener): () => void {
    this.logListeners.add(listener);
    return () => this.logListeners.delete(listener);
  }

  /** Loads what rules there are, after they were changed here. */
  async loadRules(): Promise<void> {
    this.board.loadRules(await dataOf(api.GET('/api/rules')));
  }

  /** Loads who is there, after a sensor was forgotten here. */
  async loadSensors(): Promise<void> {
    const askedMs = performance.now();
    this.board.loadSensors(await allPages<Sensor>('api/sensors?limit=10000', Infinity), askedMs);
  }

  /** What others change without the stream telling of it. */
  private async loadAgain(): Promise<void> {
    await this.loadSensors();
    await this.loadRules();
  }

  private async loadLatest(): Promise<void> {
    const askedMs = performance.now();
    this.board.loadLatest(await allPages<Latest>('api/latest', Infinity), askedMs);
  }

  private load(): Promise<void> {
    this.loading ??= this.loadAll()
      .catch(() => undefined)
      .finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async loadAll(): Promise<void> {
    await this.loadLatest();
    await this.loadSensors();
    this.board.log(await allPages<LogEntry>(`api/logs?from=${DAY}&limit=${LOG_PAGE}`, LOG_PAGES));
    await this.loadRules();
  }

  private take(messages: readonly StreamMessage[]): void {
    for (const { event, data } of messages) {
      if (event === 'reading') this.read(JSON.parse(data) as LiveReading);
      else if (event === 'log') this.log(JSON.parse(data) as LogEntry);
      else if (event === 'reset') {
        this.sparks.reset();
        this.resets.tell();
        void this.load();
      }
    }
  }

  private read(reading: LiveReading): void {
    this.readings += 1;
    this.board.read(reading);
    this.sparks.read(reading);
    const listeners = this.readingListeners.get(reading.sensorId);
    if (listeners) for (const listener of listeners) listener(reading);
  }

  private log(entry: LogEntry): void {
    this.board.log([entry]);
    // The gateway speaks of itself: the store may be lost or back, and what is stale with it.
    if (entry.sensorId === undefined) void this.loadLatest().catch(() => undefined);
    for (const listener of this.logListeners) listener(entry);
  }
}

/** Follows `Link: <…>; rel="next"`, for so many pages at most. */
async function allPages<T>(path: string, pages: number): Promise<T[]> {
  let all: T[] = [];
  let next: string | undefined = `${GATEWAY}/${path}`;
  for (let page = 0; next && page < pages; page += 1) {
    const response: Response = await ask(next);
    all = all.concat((await response.json()) as T[]);
    const link = /<([^>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
    next = link && new URL(link, response.url).href;
  }
  return all;
}

export const live = new Live();
