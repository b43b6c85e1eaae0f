import { GATEWAY_URL, request, RequestError } from '../api/client.js';

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

/** Time without data after which the connection counts as lost: the gateway sends a heartbeat every 15 s (STREAM_HEARTBEAT). */
const STALLED_MS = 45_000;
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
  private wake: (() => void) | undefined;
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
    this.retryNow();
  }

  /** Reconnects without further waiting. */
  readonly retryNow = (): void => {
    this.wake?.();
  };

  private async run(stopped: AbortSignal): Promise<void> {
    for (let attempt = 0; !hasEnded(stopped); attempt += 1) {
      try {
        await this.readOnce(stopped, () => (attempt = 0));
        this.setConnection({ state: 'lost', sinceMs: Date.now(), reason: 'The gateway ended the stream' });
      } catch (error) {
        if (hasEnded(stopped)) return;
        const { message: reason } = error instanceof Error ? error : new Error('The stream broke');
        // A retry with the same key is useless; a new key starts another stream.
        if (error instanceof RequestError && (error.status === 401 || error.status === 403)) {
          this.setConnection({ state: 'refused' });
          return;
        }
        this.setConnection({ state: 'lost', sinceMs: Date.now(), reason });
      }
      await this.waitBefore(attempt);
    }
  }

  private async readOnce(stopped: AbortSignal, opened: () => void): Promise<void> {
    const attempt = new AbortController();
    const abort = (): void => {
      attempt.abort();
    };
    stopped.addEventListener('abort', abort, { once: true });
    let stalling = setTimeout(abort, STALLED_MS);
    try {
      const headers: HeadersInit = this.lastEventId ? { 'Last-Event-ID': this.lastEventId } : {};
      const { body } = await request(`${GATEWAY_URL}/api/stream`, { headers, signal: attempt.signal });
      if (!body) throw new Error('This browser cannot read a stream');
      opened();
      this.setConnection({ state: 'live' });
      let rest = '';
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(stalling);
        stalling = setTimeout(abort, STALLED_MS);
        rest = this.parse(rest + text);
      }
    } catch (error) {
      if (attempt.signal.aborted && !stopped.aborted) throw new Error('The gateway is silent');
      throw error;
    } finally {
      clearTimeout(stalling);
      stopped.removeEventListener('abort', abort);
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

  private setConnection(connection: Connection): void {
    // The time counts from the first failure.
    if (connection.state === 'lost' && this.connection.state === 'lost')
      connection = { ...connection, sinceMs: this.connection.sinceMs };
    this.connection = connection;
    this.onConnection(connection);
  }

  private waitBefore(attempt: number): Promise<void> {
    const ceilingMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ceilingMs * (0.5 + Math.random() / 2));
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
