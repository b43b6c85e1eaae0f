import { get, type IncomingMessage } from 'node:http';

import { until } from './environment.js';
import type { Gateway } from './gateway.js';

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads the stream without EventSource, so that it can pause and see what EventSource hides. */
export class RawStream {
  readonly messages: Message[] = [];
  readonly heartbeats: string[] = [];
  lastEventId = '';
  isOver = false;
  private rest = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const blocks = (this.rest + text).split('\n\n');
      this.rest = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    });
    response.on('close', () => (this.isOver = true));
    response.on('error', () => undefined);
  }

  static open(gateway: Gateway, query = '', lastEventId?: string): Promise<RawStream> {
    const headers = { ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    return new Promise((resolve, reject) => {
      get(`${gateway.url}/api/stream${query}`, { headers, agent: false }, (response) => {
        expect([response.statusCode, response.headers['content-type']]).toEqual([
          200,
          'text/event-stream; charset=utf-8',
        ]);
        const stream = new RawStream(response);
        void until(() => (stream.lastEventId === '' ? undefined : true), 'the greeting').then(() => {
          resolve(stream);
        });
      }).on('error', reject);
    });
  }

  close(): void {
    this.response.destroy();
  }

  of(event: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.event === event).map(({ data }) => data);
  }

  values(): unknown[] {
    return this.of('reading').map(({ value }) => value);
  }

  private take(block: string): void {
    const fields = Object.fromEntries(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    ) as Record<string, string>;
    if (fields.id !== undefined) this.lastEventId = fields.id;
    if (fields.data === undefined) this.heartbeats.push(fields.id ?? '');
    else
      this.messages.push({
        id: fields.id ?? '',
        event: fields.event ?? '',
        data: JSON.parse(fields.data) as Record<string, unknown>,
      });
  }
}
