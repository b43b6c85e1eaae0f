import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy to a gateway that can be cut: all its connections end, and new ones may come at once. */
export class Cutter {
  cuts = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => {
    const upstream = connect(Number(this.target().port), this.target().hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });

  private constructor(private readonly target: () => URL) {}

  /** @param url where the gateway is now */
  static async start(url: () => string): Promise<Cutter> {
    const cutter = new Cutter(() => new URL(url()));
    await new Promise<void>((resolve) => cutter.server.listen(0, '127.0.0.1', resolve));
    return cutter;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.cuts += 1;
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
