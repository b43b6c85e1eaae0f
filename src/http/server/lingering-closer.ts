import type { Socket } from 'node:net';

import { Pacer } from '../../common/scheduling/pacer.js';

/** How long the gateway reads and drops what a client still sends after all responses: nginx's lingering_timeout. */
const LINGER_MS = 5_000;
/** This much is dropped at full speed… */
const SMALL_BYTES = 64 << 10;
/** …and the rest at 3 MB a second, for all connections together. */
const PACE = { perTick: 64 << 10, everyMs: 20 };

/**
 * Closes connections that sent invalid HTTP. It stops reading until the responses are written, so that the bytes take no
 * time and no memory. Then it reads and drops bytes for a while: closing with unread bytes sends a reset, which may reach
 * the client before it has read the response.
 */
export class LingeringCloser {
  private readonly pacer = new Pacer(PACE);
  private readonly closing = new WeakSet<Socket>();
  private readonly lingering = new Set<Socket>();
  private isStopped = false;

  isClosing(socket: Socket): boolean {
    return this.closing.has(socket);
  }

  /** Reads no further requests. The connection closes when Node would close it, or with close(). */
  stopReading(socket: Socket): void {
    if (this.closing.has(socket)) return;
    this.closing.add(socket);
    let droppedBytes = 0;
    // A data listener makes Node's parser read through the stream instead of below it; without listeners it gets no bytes.
    socket.on('data', () => undefined).removeAllListeners('data');
    socket.on('data', (piece: Buffer) => {
      droppedBytes += piece.length;
      // A request whose body was being read resumes the socket.
      if (!this.lingering.has(socket)) socket.pause();
      else if (droppedBytes > SMALL_BYTES) this.slowDown(socket, piece.length);
    });
    socket.pause();
    // Node calls this after the last response.
    socket.destroySoon = () => {
      this.close(socket);
    };
  }

  /** Closes the connection after what was written to it. */
  close(socket: Socket): void {
    this.stopReading(socket);
    if (!socket.writable) return;
    // A client that does not read its responses is closed by the timeout of stalled connections.
    socket.end(() => {
      if (this.isStopped) socket.destroy();
      else this.linger(socket);
    });
  }

  /** Closes connections at once when their responses are written. */
  stop(): void {
    this.isStopped = true;
    for (const socket of this.lingering) socket.destroy();
  }

  private linger(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    this.lingering.add(socket);
    socket.once('close', () => {
      clearTimeout(timer);
      this.lingering.delete(socket);
    });
    socket.resume();
  }

  private slowDown(socket: Socket, bytes: number): void {
    socket.pause();
    this.pacer.add(() => {
      socket.resume();
      return bytes;
    });
  }
}
