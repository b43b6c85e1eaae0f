import { ask, GATEWAY_URL, RequestError } from '../api/client.js';

/** One message of GET /api/stream. */
export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

/** Whether the stream flows; `lost` names since when, and the reason, for a person. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** Without a key that fits. */
  | { readonly state: 'refused' }
  | { readonly state: 'lost'; readonly sinceMs: number; readonly reason: string };

/** The gateway sends at least a heartbeat each 15 s (STREAM_HEARTBEAT); when nothing came for so long it is gone. */
const STALLED_MS = 45_000;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;

/**
 * Follows GET /api/stream by fetch, because EventSource cannot send a key; comes back with the last id by itself, so
 * nothing is missed and nothing is told twice.
 * @param onMessages is given all that arrived at once
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

  /** Follows until stop(), whatever happens in between. */
  start(): void {
    this.stopping = new AbortController();
    window.addEventListener('online', this.retryNow);
    void this.follow(this.stopping.signal);
  }

  stop(): void {
    window.removeEventListener('online', this.retryNow);
    this.stopping.abort();
    this.retryNow();
  }

  /** Does not wait any longer before it tries again. */
  readonly retryNow = (): void => {
    this.wake?.();
  };

  private async follow(stopped: AbortSignal): Promise<void> {
    for (let attempt = 0; !hasEnded(stopped); attempt += 1) {
      try {
        await this.readOnce(stopped, () => (attempt = 0));
        this.tell({ state: 'lost', sinceMs: Date.now(), reason: 'The gateway ended the stream' });
      } catch (error) {
        if (hasEnded(stopped)) return;
        const { message: reason } = error instanceof Error ? error : new Error('The stream broke');
        // Without a key that fits, trying again is in vain; a new key starts another stream.
        if (error instanceof RequestError && (error.status === 401 || error.status === 403)) {
          this.tell({ state: 'refused' });
          return;
        }
        this.tell({ state: 'lost', sinceMs: Date.now(), reason });
      }
      await this.pause(attempt);
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
      const { body } = await ask(`${GATEWAY_URL}/api/stream`, { headers, signal: attempt.signal });
      if (!body) throw new Error('This browser cannot read a stream');
      opened();
      this.tell({ state: 'live' });
      let rest = '';
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(stalling);
        stalling = setTimeout(abort, STALLED_MS);
        rest = this.take(rest + text);
      }
    } catch (error) {
      if (attempt.signal.aborted && !stopped.aborted) throw new Error('The gateway is silent');
      throw error;
    } finally {
      clearTimeout(stalling);
      stopped.removeEventListener('abort', abort);
    }
  }

  /** @returns what is left of the text: the beginning of a message */
  private take(text: string): string {
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

  private tell(connection: Connection): void {
    // How long it has been lost counts from its first failure on.
    if (connection.state === 'lost' && this.connection.state === 'lost')
      connection = { ...connection, sinceMs: this.connection.sinceMs };
    this.connection = connection;
    this.onConnection(connection);
  }

  private pause(attempt: number): Promise<void> {
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
