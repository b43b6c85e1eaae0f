import type { Socket } from 'node:net';

import { Pacer } from '../common/scheduling/pacer.js';

/** 2,500 answers a second, which take the event loop a tenth of its time. */
const PACE = { perTurn: 10, everyMs: 4 };
/** Requests that wait for their answers, all together and on one connection; one that sends more is ended. */
const MAX_HELD = 1_000;
const MAX_HELD_OF_CONNECTION = 16;

/** Lets those wait for their answers who do nothing but try, so that they cost others nothing. */
export class TarPit {
  private readonly pacer = new Pacer(PACE);
  private readonly heldOf = new WeakMap<Socket, number>();
  private isOpen = false;

  /** Answers later; or never, and ends the connection, when there are too many already. */
  hold(socket: Socket, answer: () => void): void {
    if (this.isOpen) {
      answer();
      return;
    }
    const held = this.heldOf.get(socket) ?? 0;
    if (held >= MAX_HELD_OF_CONNECTION || this.pacer.length >= MAX_HELD) {
      socket.destroy();
      return;
    }
    this.heldOf.set(socket, held + 1);
    this.pacer.wait(() => {
      this.heldOf.set(socket, (this.heldOf.get(socket) ?? 1) - 1);
      if (socket.destroyed) return 0;
      answer();
      return 1;
    });
  }

  /** Answers all at once, now and from now on. */
  open(): void {
    this.isOpen = true;
    this.pacer.finish();
  }
}
