import type { IncomingMessage, ServerResponse } from 'node:http';

import { Pacer } from '../../common/scheduling/pacer.js';

/** What is left of bodies that are said to be no longer is dropped as it comes, which costs nothing. */
const SMALL_BYTES = 64 << 10;
/** Of the others 3 MB a second are read, all together, of which the event loop hardly notices anything. */
const PACE = { perTick: 64 << 10, everyMs: 20 };
/** Requests whose rest is read at once. Each holds up to 128 KiB; the connections of further ones are ended. */
const MAX_WAITING = 256;

/**
 * Reads what clients still send of a request that is answered already, slowly, all of them in turn, and drops it. A client
 * that writes its whole body first so gets to see why it was refused, and can go on; at full speed, a few of them would
 * keep the gateway from all others.
 */
export class RequestDrainer {
  private readonly pacer = new Pacer(PACE);
  private isStopped = false;

  /** Looks after a request, in case it is answered before it has arrived. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const { 'content-length': length = '0', 'transfer-encoding': transferEncoding } = request.headers;
    if (length === '0' && transferEncoding === undefined) return;
    if (transferEncoding === undefined && Number(length) <= SMALL_BYTES) return;
    // Before Node does, which would drop the rest at full speed.
    response.prependOnceListener('finish', () => {
      this.add(request);
    });
  }

  /** Ends the connections that are waited for: they would hold up the end. */
  stop(): void {
    this.isStopped = true;
    this.pacer.flush();
  }

  private add(request: IncomingMessage): void {
    if (request.complete) return;
    if (this.pacer.length >= MAX_WAITING) {
      request.socket.destroySoon();
      return;
    }
    request.pause();
    discardBuffered(request);
    this.pacer.add(() => this.readSome(request));
  }

  private readSome(request: IncomingMessage): number {
    const bytes = discardBuffered(request);
    if (this.isStopped) request.socket.destroySoon();
    else if (!request.complete && !request.socket.destroyed) this.pacer.add(() => this.readSome(request));
    return bytes;
  }
}

/** Drops what of a paused request has arrived, which lets the next piece come. @returns how many bytes that was */
function discardBuffered(request: IncomingMessage): number {
  let bytes = 0;
  for (;;) {
    const piece = request.read() as Buffer | null;
    if (!piece) return bytes;
    bytes += piece.length;
  }
}
