import type { IncomingMessage, ServerResponse } from 'node:http';

import { Pacer } from '../../common/scheduling/pacer.js';
import { rawHeader } from './raw-header.js';

/** The rest of a body whose Content-Length is at most this is dropped at full speed, which costs nothing. */
const SMALL_BYTES = 64 << 10;
/** The others are read at 3 MB a second in total, which hardly loads the event loop. */
const PACE = { perTick: 64 << 10, everyMs: 20 };
/** How many requests are drained at the same time. Each takes up to 128 KiB; further connections are closed. */
const MAX_WAITING = 256;

/**
 * Reads and drops what clients still send of a request that is answered already, slowly and all of them in turn. So a
 * client that writes its whole body first can read why it was refused, and can continue. At full speed, a few such clients
 * would keep the gateway from serving others.
 */
export class RequestDrainer {
  private readonly pacer = new Pacer(PACE);
  private isStopped = false;

  /** Drains the request if it is answered before its body is complete. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const isSmall = Number(rawHeader(request, 'content-length') ?? 0) <= SMALL_BYTES;
    if (isSmall && rawHeader(request, 'transfer-encoding') === undefined) return;
    // Before Node's own listener, which would drop the rest at full speed.
    response.prependOnceListener('finish', () => {
      this.add(request);
    });
  }

  /** Closes the connections that are being drained, because they would delay the shutdown. */
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

/** Drops the buffered bytes of a paused request, so that the next ones can arrive. @returns how many bytes */
function discardBuffered(request: IncomingMessage): number {
  let bytes = 0;
  for (;;) {
    const piece = request.read() as Buffer | null;
    if (!piece) return bytes;
    bytes += piece.length;
  }
}
