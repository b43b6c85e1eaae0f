import type { ServerResponse } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';

import { KeyRing, type Opened } from './key-ring.js';

/** So often it is looked whether keys have expired. */
const LOOK_EVERY_MS = 1_000;

/** Ends streams and exports whose key is good no more, or that had none when the first key was made. */
@Injectable()
export class OpenAnswers {
  private readonly answers = new Map<ServerResponse, Opened | undefined>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(KeyRing) private readonly ring: KeyRing) {}

  start(): void {
    const look = (): void => {
      for (const [answer, opened] of this.answers) if (!this.mayGoOn(opened)) answer.destroy();
    };
    this.ring.onChange(look);
    this.timer = setInterval(look, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Watches an answer until it ends. @param opened undefined where nobody needs a key */
  add(answer: ServerResponse, opened: Opened | undefined): void {
    this.answers.set(answer, opened);
    answer.once('close', () => this.answers.delete(answer));
    // The keys may have changed since it was asked for.
    if (!this.mayGoOn(opened)) answer.destroy();
  }

  private mayGoOn(opened: Opened | undefined): boolean {
    return opened ? this.ring.isGood(opened) : !this.ring.isProtected;
  }
}
