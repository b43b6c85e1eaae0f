import type { Socket } from 'node:net';

import { Pacer } from '../common/scheduling/pacer.js';

/** 2,500 responses a second, which take a tenth of the event loop's time. */
const PACE = { perTick: 10, everyMs: 4 };
/** Requests that may wait in total, and on one connection; a connection that sends more is closed. */
const MAX_DELAYED = 1_000;
const MAX_DELAYED_OF_CONNECTION = 16;

/** Delays the responses to clients that keep trying keys, so that they do not slow down other clients. */
export class TarPit {
  private readonly pacer = new Pacer(PACE);
  private readonly delayedOf = new WeakMap<Socket, number>();
  private isReleased = false;

  /** Answers later; or, when too many requests wait already, closes the connection without an answer. */
  delay(socket: Socket, answer: () => void): void {
    if (this.isReleased) {
      answer();
      return;
    }
    const delayed = this.delayedOf.get(socket) ?? 0;
    if (delayed >= MAX_DELAYED_OF_CONNECTION || this.pacer.length >= MAX_DELAYED) {
      socket.destroy();
      return;
    }
    this.delayedOf.set(socket, delayed + 1);
    this.pacer.add(() => {
      this.delayedOf.set(socket, (this.delayedOf.get(socket) ?? 1) - 1);
      if (socket.destroyed) return 0;
      answer();
      return 1;
    });
  }

  /** Answers all waiting requests now, and later ones without delay. */
  releaseAll(): void {
    this.isReleased = true;
    this.pacer.flush();
  }
}
