import { Inject, Injectable } from '@nestjs/common';

import { AccessEvents } from './access-events.js';
import { KeyRing } from './key-ring.js';
import { OpenAnswers } from './open-answers.js';
import { WrongKeys } from './wrong-keys.js';

/** Starts and stops what watches the keys and those who use them. */
@Injectable()
export class AuthRunner {
  constructor(
    @Inject(KeyRing) private readonly ring: KeyRing,
    @Inject(AccessEvents) private readonly events: AccessEvents,
    @Inject(OpenAnswers) private readonly openAnswers: OpenAnswers,
    @Inject(WrongKeys) private readonly wrongKeys: WrongKeys,
  ) {}

  async start(): Promise<void> {
    await this.events.start();
    this.openAnswers.start();
    this.ring.start();
  }

  async stop(): Promise<void> {
    this.wrongKeys.stop();
    this.openAnswers.stop();
    await this.ring.close();
  }
}
