import type { Socket } from 'node:net';

import { Pacer } from '../common/scheduling/pacer.js';

/** 2,500 answers a second, which take the event loop a tenth of its time. */
const PACE = { perTick: 10, everyMs: 4 };
/** Requests that wait for their answers, all together and on one connection; one that sends more is ended. */
const MAX_DELAYED = 1_000;
const MAX_DELAYED_OF_CONNECTION = 16;

/** Lets those wait for their answers who do nothing but try, so that they cost others nothing. */
export class TarPit {
  private readonly pacer = new Pacer(PACE);
  private readonly delayedOf = new WeakMap<Socket, number>();
  private isReleased = false;

  /** Answers later; or never, and ends the connection, when there are too many already. */
  delay(socket: Socket, answer: () => void): void {
    if (this.isReleased) {
      answer();
      return;
    }
    const held = this.delayedOf.get(socket) ?? 0;
    if (held >= MAX_DELAYED_OF_CONNECTION || this.pacer.length >= MAX_DELAYED) {
      socket.destroy();
      return;
    }
    this.delayedOf.set(socket, held + 1);
    this.pacer.add(() => {
      this.delayedOf.set(socket, (this.delayedOf.get(socket) ?? 1) - 1);
      if (socket.destroyed) return 0;
      answer();
      return 1;
    });
  }

  /** Answers all at once, now and from now on. */
  releaseAll(): void {
    this.isReleased = true;
    this.pacer.flush();
  }
}
