import type { ServerResponse } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';

import { KeyRing, type Opened } from './key-ring.js';

/** So often it is looked whether keys have expired. */
const LOOK_EVERY_MS = 1_000;

/** Ends streams and exports whose key is good no more. */
@Injectable()
export class OpenAnswers {
  private readonly answers = new Map<ServerResponse, Opened>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(KeyRing) private readonly ring: KeyRing) {}

  start(): void {
    const look = (): void => {
      for (const [answer, opened] of this.answers) if (!this.ring.isGood(opened)) answer.destroy();
    };
    this.ring.onChange(look);
    this.timer = setInterval(look, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Watches an answer until it ends. */
  add(answer: ServerResponse, opened: Opened): void {
    this.answers.set(answer, opened);
    answer.once('close', () => this.answers.delete(answer));
  }
}
