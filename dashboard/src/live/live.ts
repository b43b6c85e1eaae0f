import { api, ask, dataOf, GATEWAY_URL, type Latest, type SystemEvent, type Sensor } from '../api/client.js';
import { onKeyChange } from '../api/key.js';
import { nextPageUrl } from '../api/next-page.js';
import { LiveSensors, type LiveReading } from './live-sensors.js';
import { type Connection, EventStream, type StreamMessage } from './event-stream.js';
import { Listeners } from '../common/listeners.js';
import { ANOMALY_LASTS_MS } from './sensor-state.js';
import { Sparklines } from './sparklines.js';

/** Who is silent is asked for so often. */
const SENSORS_EVERY_MS = 30_000;
/** What stands is found in so many entries of the log, and no further back. */
const LOG_PAGES = 20;
const LOG_PAGE = 1_000;
const DAY = '-24h';
/** The gateway is asked anew once it has been quiet for so long. */
const SETTLE_MS = 500;

type ReadingListener = (reading: LiveReading) => void;
type LogListener = (entry: SystemEvent) => void;

/** All that comes by itself: one connection to the gateway, whatever is looked at. */
class LiveData {
  readonly sensors = new LiveSensors();
  readonly sparklines = new Sparklines();
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
  private isLoading = false;
  private isLoadWanted = false;
  private latestTimer: ReturnType<typeof setTimeout> | undefined;

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
      this.sensors.tick();
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
    this.sensors.loadRules(await dataOf(api.GET('/api/rules')));
  }

  /** Loads who is there, after a sensor was forgotten here. */
  async loadSensors(): Promise<void> {
    const askedMs = performance.now();
    this.sensors.loadSensors(await allPages<Sensor>('api/sensors?limit=10000', Infinity), askedMs);
  }

  /** What others change without the stream telling of it; or all, where that could not be loaded before. */
  private async loadAgain(): Promise<void> {
    if (this.isLoadWanted) {
      await this.load();
      return;
    }
    await this.loadSensors();
    await this.loadRules();
  }

  /** Loads all there is to know. What is wanted while it is under way is loaded after it. */
  private async load(): Promise<void> {
    this.isLoadWanted = true;
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      while (this.isLoadWanted) {
        this.isLoadWanted = false;
        await this.loadAll();
      }
    } catch {
      // Tried again with the next turn of the timer.
      this.isLoadWanted = true;
    } finally {
      this.isLoading = false;
    }
  }

  private async loadAll(): Promise<void> {
    await this.loadLatest();
    await this.loadSensors();
    await this.loadRules();
    this.sensors.list(
      await allPages<SystemEvent>(`api/logs?type=critical,normal&from=${DAY}&limit=${LOG_PAGE}`, LOG_PAGES),
    );
    this.sensors.list(
      await allPages<SystemEvent>(
        `api/logs?type=anomaly&from=-${ANOMALY_LASTS_MS}ms&limit=${LOG_PAGE}`,
        LOG_PAGES,
      ),
    );
  }

  private async loadLatest(): Promise<void> {
    const askedMs = performance.now();
    this.sensors.loadLatest(await allPages<Latest>('api/latest', Infinity), askedMs);
  }

  /** Once the gateway has said all it has to say: a stream that is taken up again brings many entries at once. */
  private loadLatestSoon(): void {
    this.latestTimer ??= setTimeout(() => {
      this.latestTimer = undefined;
      void this.loadLatest().catch(() => undefined);
    }, SETTLE_MS);
  }

  private take(messages: readonly StreamMessage[]): void {
    for (const { event, data } of messages) {
      if (event === 'reading') this.read(JSON.parse(data) as LiveReading);
      else if (event === 'log') this.log(JSON.parse(data) as SystemEvent);
      else if (event === 'reset') {
        this.sparklines.reset();
        this.resets.tell();
        void this.load();
      }
    }
  }

  private read(reading: LiveReading): void {
    this.readings += 1;
    this.sensors.read(reading);
    this.sparklines.read(reading);
    const listeners = this.readingListeners.get(reading.sensorId);
    if (listeners) for (const listener of listeners) listener(reading);
  }

  private log(entry: SystemEvent): void {
    this.sensors.log(entry);
    // The gateway speaks of itself: the store may be lost or back, and what is stale with it.
    if (entry.sensorId === undefined) this.loadLatestSoon();
    for (const listener of this.logListeners) listener(entry);
  }
}

/** All pages of a list, or so many at most. */
async function allPages<T>(path: string, pages: number): Promise<T[]> {
  let all: T[] = [];
  let next: string | undefined = `${GATEWAY_URL}/${path}`;
  for (let page = 0; next && page < pages; page += 1) {
    const asked: string = next;
    const response = await ask(asked);
    all = all.concat((await response.json()) as T[]);
    next = nextPageUrl(response, asked);
  }
  return all;
}

export const live = new LiveData();
