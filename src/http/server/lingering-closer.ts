import type { Socket } from 'node:net';

import { Pacer } from '../../common/scheduling/pacer.js';

/** So long is read and dropped what a client still sends, once it has all answers: nginx's lingering_timeout. */
const LINGER_MS = 5_000;
/** So much of it costs nothing… */
const SMALL_BYTES = 64 << 10;
/** …and 3 MB a second of the rest, of all connections together. */
const PACE = { perTick: 64 << 10, everyMs: 20 };

/**
 * Ends connections on which something came that is no HTTP. Nothing of it is read before the answers are written, so
 * that it costs no time and no memory. Then it is dropped for a while: who closes with bytes unread sends a reset, and
 * that may reach the client before it has read the answer.
 */
export class LingeringCloser {
  private readonly pacer = new Pacer(PACE);
  private readonly closing = new WeakSet<Socket>();
  private readonly lingering = new Set<Socket>();
  private isStopped = false;

  isClosing(socket: Socket): boolean {
    return this.closing.has(socket);
  }

  /** Reads no further requests. The connection ends when Node would end it, or with end(). */
  stopReading(socket: Socket): void {
    if (this.closing.has(socket)) return;
    this.closing.add(socket);
    let droppedBytes = 0;
    // With a listener of its own, Node's parser no longer takes the bytes past the stream; then it gets none at all.
    socket.on('data', () => undefined).removeAllListeners('data');
    socket.on('data', (piece: Buffer) => {
      droppedBytes += piece.length;
      // A request whose body was being read lets the next piece come.
      if (!this.lingering.has(socket)) socket.pause();
      else if (droppedBytes > SMALL_BYTES) this.slowDown(socket, piece.length);
    });
    socket.pause();
    // Node calls it behind the last answer.
    socket.destroySoon = () => {
      this.close(socket);
    };
  }

  /** Ends the connection behind what is written to it. */
  close(socket: Socket): void {
    this.stopReading(socket);
    if (!socket.writable) return;
    // A client that does not take its answers is cut off by the time-out of connections that stall.
    socket.end(() => {
      if (this.isStopped) socket.destroy();
      else this.linger(socket);
    });
  }

  /** Ends those at once whose answers are written. */
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
