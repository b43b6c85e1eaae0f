import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawResponse {
  readonly status: number;
  readonly connection: string;
  readonly body: string;
}

/** A connection of bytes, and all that came back over it. */
export class RawConnection {
  received = '';
  /** Ends with the connection; gives the code of its error, or an empty text. */
  readonly closed: Promise<string>;
  private readonly socket: Socket;

  /** @param protocol of the connection, whatever the URL says */
  constructor(url: string, protocol = new URL(url).protocol) {
    const port = Number(new URL(url).port);
    this.socket =
      protocol === 'https:'
        ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
        : connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    let code = '';
    this.socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
    this.socket.on('end', () => this.socket.end());
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve(code)));
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Ends its own side, and still reads. */
  endSide(): this {
    this.socket.end();
    return this;
  }

  pause(): this {
    this.socket.pause();
    return this;
  }

  resume(): this {
    this.socket.resume();
    return this;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** The answers that came whole, each with its Content-Length. */
  get responses(): RawResponse[] {
    const responses: RawResponse[] = [];
    for (let rest = this.received; ;) {
      const end = rest.indexOf('\r\n\r\n');
      const head = rest.slice(0, end);
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (end < 0 || rest.length < end + 4 + length) return responses;
      responses.push({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
        connection: /^connection: (.*)/im.exec(head)?.[1]?.trim() ?? '',
        body: rest.slice(end + 4, end + 4 + length),
      });
      rest = rest.slice(end + 4 + length);
    }
  }

  /** @returns the answers, once the gateway has ended the connection */
  async ended(): Promise<RawResponse[]> {
    await this.closed;
    return this.responses;
  }
}
