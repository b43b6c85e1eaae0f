import { GATEWAY_URL, request, RequestError } from '../api/client.js';
import { SilenceWatch } from './silence-watch.js';

/** One message of GET /api/stream. */
export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

/** The state of the stream; `lost` says since when, and why, for people. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The gateway did not accept the key. */
  | { readonly state: 'refused' }
  | { readonly state: 'lost'; readonly sinceMs: number; readonly reason: string };

/** How often the gateway is asked to send a sign of life. */
const HEARTBEAT_S = 2;
/** Time without data after which the connection counts as lost: two heartbeats are missing. */
const SILENT_MS = 2 * HEARTBEAT_S * 1000;
/** After the page itself was held up, the next heartbeat decides. */
const LOOK_LATER_MS = HEARTBEAT_S * 1000 + 500;
/** How much longer a silent stream is kept: a gateway that was only busy continues it. */
const KEEP_STREAM_MS = 2_000;
/** How much longer a request waits for its answer: a gateway that was stopped answers it once it continues. */
const KEEP_REQUEST_MS = 15_000;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;

/**
 * Reads GET /api/stream with fetch, because EventSource cannot send a key. Reconnects with the last id, so no message is
 * missed or repeated.
 * @param onMessages receives all messages that arrived together
 */
export class EventStream {
  private lastEventId = '';
  private stopping = new AbortController();
  /** The request that is open. */
  private attempt = new AbortController();
  private wake: (() => void) | undefined;
  private isHurried = false;
  private connection: Connection = { state: 'connecting' };

  constructor(
    private readonly onMessages: (messages: readonly StreamMessage[]) => void,
    private readonly onConnection: (connection: Connection) => void,
  ) {}

  /** Reads and reconnects until stop(). */
  start(): void {
    this.stopping = new AbortController();
    window.addEventListener('online', this.retryNow);
    void this.run(this.stopping.signal);
  }

  stop(): void {
    window.removeEventListener('online', this.retryNow);
    this.stopping.abort();
    this.attempt.abort();
    this.wake?.();
  }

  /** Connects again without further waiting, unless the stream is live. */
  readonly retryNow = (): void => {
    if (this.connection.state === 'live') return;
    this.isHurried = true;
    this.attempt.abort();
    this.wake?.();
  };

  private async run(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !hasEnded(stopped); failures += 1) {
      const startMs = performance.now();
      this.isHurried = false;
      try {
        await this.readOnce(() => (failures = 0));
        if (hasEnded(stopped)) return;
        this.setLost('The gateway ended the stream');
      } catch (error) {
        if (hasEnded(stopped)) return;
        // A retry with the same key is useless; a new key starts another stream.
        if (error instanceof RequestError && (error.status === 401 || error.status === 403)) {
          this.setConnection({ state: 'refused' });
          return;
        }
        if (!hasEnded(this.attempt.signal))
          this.setLost(error instanceof Error ? error.message : 'The stream broke');
      }
      // An attempt that took long has waited already.
      await this.waitBefore(failures, performance.now() - startMs);
    }
  }

  private async readOnce(opened: () => void): Promise<void> {
    const attempt = new AbortController();
    this.attempt = attempt;
    let keepMs = KEEP_REQUEST_MS;
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    const watch = new SilenceWatch(SILENT_MS, LOOK_LATER_MS, (silentMs) => {
      this.setLost('The gateway is silent', silentMs);
      giveUp = setTimeout(() => attempt.abort(), keepMs);
    });
    const onBytes = (): void => {
      watch.touch();
      if (this.connection.state === 'live') return;
      clearTimeout(giveUp);
      this.setConnection({ state: 'live' });
    };
    try {
      const headers: HeadersInit = this.lastEventId ? { 'Last-Event-ID': this.lastEventId } : {};
      const url = `${GATEWAY_URL}/api/stream?heartbeat=${HEARTBEAT_S}s`;
      const { body } = await request(url, { headers, signal: attempt.signal });
      if (!body) throw new Error('This browser cannot read a stream');
      keepMs = KEEP_STREAM_MS;
      opened();
      watch.touch();
      clearTimeout(giveUp);
      this.setConnection({ state: 'live' });
      let rest = '';
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        onBytes();
        rest = this.parse(rest + text);
      }
    } finally {
      watch.stop();
      clearTimeout(giveUp);
    }
  }

  /** Parses whole messages. @returns the rest of the text: the start of the next message */
  private parse(text: string): string {
    const messages: StreamMessage[] = [];
    let start = 0;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', start)) {
      let event = '';
      let data = '';
      for (const line of text.slice(start, end).split('\n')) {
        if (line.startsWith('data: ')) data = line.slice(6);
        else if (line.startsWith('event: ')) event = line.slice(7);
        else if (line.startsWith('id: ')) this.lastEventId = line.slice(4);
      }
      if (event) messages.push({ event, data });
      start = end + 2;
    }
    if (messages.length > 0) this.onMessages(messages);
    return text.slice(start);
  }

  private setLost(reason: string, agoMs = 0): void {
    this.setConnection({ state: 'lost', sinceMs: Date.now() - agoMs, reason });
  }

  private setConnection(connection: Connection): void {
    // The time counts from the first failure.
    if (connection.state === 'lost' && this.connection.state === 'lost')
      connection = { ...connection, sinceMs: this.connection.sinceMs };
    this.connection = connection;
    this.onConnection(connection);
  }

  /** @param waitedMs how much of the wait is over */
  private waitBefore(failures: number, waitedMs: number): Promise<void> {
    if (this.isHurried) return Promise.resolve();
    const ceilingMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
    const waitMs = Math.max(FIRST_WAIT_MS, ceilingMs - waitedMs) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function hasEnded(signal: AbortSignal): boolean {
  return signal.aborted;
}
