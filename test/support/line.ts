import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A raw connection from an IP address of this machine, and all that came back over it. */
export class Line {
  received = '';
  isClosed = false;
  readonly closed: Promise<void>;
  private readonly socket: Socket;

  /** @param from the IP address it comes from; on Linux every one of 127.0.0.0/8 is this machine's */
  constructor(url: string, from = '127.0.0.1') {
    const { port, protocol } = new URL(url);
    const to = { port: Number(port), host: '127.0.0.1', localAddress: from };
    this.socket = protocol === 'https:' ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.isClosed = true;
        resolve();
      }),
    );
  }

  send(text: string): void {
    this.socket.write(text);
  }

  end(): void {
    this.socket.destroy();
  }
}
