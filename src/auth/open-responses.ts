import type { ServerResponse } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';

import { KeyRing, type Credential } from './key-ring.js';

/** So often it is looked whether keys have expired. */
const POLL_INTERVAL_MS = 1_000;

/** Ends streams and exports whose key is good no more, or that had none when the first key was made. */
@Injectable()
export class OpenResponses {
  private readonly responses = new Map<ServerResponse, Credential | undefined>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(KeyRing) private readonly ring: KeyRing) {}

  start(): void {
    const look = (): void => {
      for (const [answer, opened] of this.responses) if (!this.isAllowed(opened)) answer.destroy();
    };
    this.ring.onChange(look);
    this.timer = setInterval(look, POLL_INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Watches an answer until it ends. @param opened undefined where nobody needs a key */
  add(answer: ServerResponse, opened: Credential | undefined): void {
    this.responses.set(answer, opened);
    answer.once('close', () => this.responses.delete(answer));
    // The keys may have changed since it was asked for.
    if (!this.isAllowed(opened)) answer.destroy();
  }

  private isAllowed(opened: Credential | undefined): boolean {
    return opened ? this.ring.isValid(opened) : !this.ring.isProtected;
  }
}
