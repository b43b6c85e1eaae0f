import { api, dataOf, GATEWAY_URL, request } from '../api/client.js';
import type { Latest, Sensor, SystemEvent } from '../api/schemas.js';
import { onKeyChange } from '../api/key.js';
import { nextPageUrl } from '../api/next-page.js';
import { Listeners } from '../common/listeners.js';
import { type Connection, EventStream, type StreamMessage } from './event-stream.js';
import { type LiveReading, LiveSensors } from './live-sensors.js';
import { ANOMALY_LASTS_MS } from './sensor-state.js';
import { Sparklines } from './sparklines.js';

/** How often sensors are loaded: the stream does not say who is silent. */
const RELOAD_MS = 30_000;
/** How often rules are loaded: the stream does not say which have changed. */
const RULES_RELOAD_MS = 5_000;
/** How soon they are loaded again while the gateway itself still loads what its store held. */
const LOADING_RELOAD_MS = 3_000;
/** How often states that change by time alone are judged. */
const JUDGE_MS = 1_000;
/** The share of the time in which the list is loaded at most because of new sensors. */
const LIST_SHARE = 1 / 10;
/** How many pages of the log are read to find the anomalies of the last minutes. */
const LOG_PAGES = 20;
const LOG_PAGE_SIZE = 1_000;
/** Delay that joins several reloads of the latest values into one. */
const SETTLE_MS = 500;

type ReadingListener = (reading: LiveReading) => void;
type SystemEventListener = (event: SystemEvent) => void;

/** All live data of the page, over one connection to the gateway, whichever view is open. */
class LiveData {
  readonly sensors = new LiveSensors();
  readonly sparklines = new Sparklines();
  /** Readings since the page was opened. */
  readings = 0;
  connection: Connection = { state: 'connecting' };
  readonly onConnection = new Listeners();
  private readonly resets = new Listeners();
  /** Adds a listener for gaps in the stream: data that the stream kept current must be loaded again. */
  readonly onReset = this.resets.add;
  private readonly ruleChanges = new Listeners();
  /** Adds a listener for rules that were changed, here or elsewhere. */
  readonly onRules = this.ruleChanges.add;
  private rulesText = '';
  private readonly readingListeners = new Map<string, Set<ReadingListener>>();
  private readonly eventListeners = new Set<SystemEventListener>();
  private readonly timers: ReturnType<typeof setInterval>[] = [];
  private isLoading = false;
  private isLoadWanted = false;
  /** Whether sensors are missing because the gateway is still loading them from its store. */
  isIncomplete = false;
  readonly onIncomplete = new Listeners();
  private incompleteTimer: ReturnType<typeof setTimeout> | undefined;
  private latestTimer: ReturnType<typeof setTimeout> | undefined;
  private sensorsTimer: ReturnType<typeof setTimeout> | undefined;
  /** How long it took to load the list of sensors. */
  private listTookMs = 0;

  private readonly stream = new EventStream(
    (messages) => {
      this.handle(messages);
    },
    (connection) => {
      this.connection = connection;
      this.onConnection.notify();
      if (connection.state === 'live') void this.load();
    },
  );

  start(): void {
    this.stream.start();
    const reload = (): void => {
      if (this.connection.state === 'live') void this.reload().catch(() => undefined);
    };
    // Without a connection nothing is known: the notice says since when.
    const judge = (): void => {
      if (this.connection.state === 'live') this.sensors.updateStates();
    };
    const reloadRules = (): void => {
      if (this.connection.state === 'live') void this.reloadRules().catch(() => undefined);
    };
    this.timers.push(
      setInterval(reload, RELOAD_MS),
      setInterval(reloadRules, RULES_RELOAD_MS),
      setInterval(judge, JUDGE_MS),
    );
    onKeyChange(() => {
      this.stream.stop();
      this.stream.start();
    });
  }

  stop(): void {
    this.stream.stop();
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    clearTimeout(this.incompleteTimer);
  }

  retryNow(): void {
    this.stream.retryNow();
  }

  /** Adds a listener for readings of one sensor. @returns a function that removes it */
  onReading(sensorId: string, listener: ReadingListener): () => void {
    const listeners = this.readingListeners.get(sensorId) ?? new Set();
    this.readingListeners.set(sensorId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.readingListeners.delete(sensorId);
    };
  }

  /** Adds a listener for events. @returns a function that removes it */
  onEvent(listener: SystemEventListener): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  /** Loads the rules and for which sensors they are active, for example after this page has changed one. */
  async loadRules(): Promise<void> {
    await this.applyRules();
    await this.loadSensors();
  }

  /** Loads the rules and, when somebody has changed one, for which sensors they are active. */
  private async reloadRules(): Promise<void> {
    if (await this.applyRules()) await this.loadSensors();
  }

  /** @returns whether a rule was changed, added or deleted since the last time */
  private async applyRules(): Promise<boolean> {
    const rules = await dataOf(api.GET('/api/rules'));
    const text = JSON.stringify(rules);
    if (text === this.rulesText) return false;
    this.rulesText = text;
    this.sensors.applyRules(rules);
    this.ruleChanges.notify();
    return true;
  }

  /** Loads the list of sensors, for example after this page has made the gateway forget one. */
  async loadSensors(): Promise<void> {
    const requestedMs = performance.now();
    this.sensors.applySensors(await allPages<Sensor>('api/sensors?limit=10000', Infinity), requestedMs);
    this.listTookMs = performance.now() - requestedMs;
  }

  /** Loads what changes without a message in the stream; or everything, if that has failed before. */
  private async reload(): Promise<void> {
    if (this.isLoadWanted) {
      await this.load();
      return;
    }
    await this.loadRules();
  }

  /** Loads everything. A call while it loads makes it load once more afterwards. */
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
      // The timer tries again.
      this.isLoadWanted = true;
    } finally {
      this.isLoading = false;
    }
  }

  private async loadAll(): Promise<void> {
    await this.loadLatest();
    await this.applyRules();
    const anomalies = `api/logs?type=anomaly&from=-${ANOMALY_LASTS_MS}ms&limit=${LOG_PAGE_SIZE}`;
    this.sensors.addLoggedAnomalies(await allPages<SystemEvent>(anomalies, LOG_PAGES));
    // Last, because from then on the list counts as loaded.
    await this.loadSensors();
  }

  private async loadLatest(): Promise<void> {
    const requestedMs = performance.now();
    let isIncomplete = false;
    const latest = await allPages<Latest>('api/latest', Infinity, ({ headers }) => {
      isIncomplete ||= headers.has('Latest-Loading');
    });
    this.sensors.applyLatest(latest, requestedMs);
    this.setIncomplete(isIncomplete);
  }

  private setIncomplete(isIncomplete: boolean): void {
    clearTimeout(this.incompleteTimer);
    if (isIncomplete) this.incompleteTimer = setTimeout(() => void this.load(), LOADING_RELOAD_MS);
    if (isIncomplete === this.isIncomplete) return;
    this.isIncomplete = isIncomplete;
    this.onIncomplete.notify();
  }

  /** Loads the latest values after a delay: a resumed stream brings many events at once. */
  private loadLatestSoon(): void {
    this.latestTimer ??= setTimeout(() => {
      this.latestTimer = undefined;
      void this.loadLatest().catch(() => undefined);
    }, SETTLE_MS);
  }

  /** Loads the list of sensors after a delay: many new sensors may come at once, or one after the other. */
  private loadSensorsSoon(): void {
    const waitMs = Math.max(SETTLE_MS, this.listTookMs / LIST_SHARE);
    this.sensorsTimer ??= setTimeout(() => {
      this.sensorsTimer = undefined;
      void this.loadSensors().catch(() => undefined);
    }, waitMs);
  }

  private handle(messages: readonly StreamMessage[]): void {
    for (const { event, data } of messages) {
      if (event === 'reading') this.addReading(JSON.parse(data) as LiveReading);
      else if (event === 'log') this.addEvent(JSON.parse(data) as SystemEvent);
      else if (event === 'reset') {
        this.sparklines.reset();
        this.resets.notify();
        void this.load();
      }
    }
  }

  private addReading(reading: LiveReading): void {
    this.readings += 1;
    if (this.sensors.addReading(reading)) this.loadSensorsSoon();
    this.sparklines.addReading(reading);
    const listeners = this.readingListeners.get(reading.sensorId);
    if (listeners) for (const listener of listeners) listener(reading);
  }

  private addEvent(event: SystemEvent): void {
    this.sensors.addEvent(event);
    // An event about the gateway itself: the store may have failed or recovered, which changes what is stale.
    if (event.sensorId === undefined) this.loadLatestSoon();
    for (const listener of this.eventListeners) listener(event);
  }
}

/** All pages of a list, or the first `maxPages`. */
async function allPages<T>(
  path: string,
  maxPages: number,
  onPage?: (response: Response) => void,
): Promise<T[]> {
  let all: T[] = [];
  let next: string | undefined = `${GATEWAY_URL}/${path}`;
  for (let page = 0; next && page < maxPages; page += 1) {
    const url: string = next;
    const response = await request(url);
    onPage?.(response);
    all = all.concat((await response.json()) as T[]);
    next = nextPageUrl(response, url);
  }
  return all;
}

export const live = new LiveData();
