import { Injectable } from '@nestjs/common';

import { KeyEvents } from './key-events.js';
import { KeyRing } from './key-ring.js';
import { OpenResponses } from './open-responses.js';
import { WrongKeyLimiter } from './wrong-key-limiter.js';

/** Starts and stops what watches the keys and their use. */
@Injectable()
export class AuthRunner {
  constructor(
    private readonly ring: KeyRing,
    private readonly events: KeyEvents,
    private readonly openResponses: OpenResponses,
    private readonly wrongKeyLimiter: WrongKeyLimiter,
  ) {}

  async start(): Promise<void> {
    await this.events.start();
    this.openResponses.start();
    this.ring.start();
  }

  async stop(): Promise<void> {
    this.wrongKeyLimiter.stop();
    this.openResponses.stop();
    await this.ring.close();
  }
}
