import { Inject, Injectable } from '@nestjs/common';

import { KeyEvents } from './key-events.js';
import { KeyRing } from './key-ring.js';
import { OpenResponses } from './open-responses.js';
import { WrongKeyLimiter } from './wrong-key-limiter.js';

/** Starts and stops what watches the keys and those who use them. */
@Injectable()
export class AuthRunner {
  constructor(
    @Inject(KeyRing) private readonly ring: KeyRing,
    @Inject(KeyEvents) private readonly events: KeyEvents,
    @Inject(OpenResponses) private readonly openResponses: OpenResponses,
    @Inject(WrongKeyLimiter) private readonly wrongKeyLimiter: WrongKeyLimiter,
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
