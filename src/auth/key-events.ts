import { Inject, Injectable, Logger } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { EventLog } from '../model/event-log.js';
import { KeyRing, type KeysChange } from './key-ring.js';
import type { Key } from './key.js';

/** Writes into the system log who may come in, and what is wrong with the keys. */
@Injectable()
export class KeyEvents {
  private readonly logger = new Logger(KeyEvents.name);
  private recorded = 0;

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(KeyRing) private readonly ring: KeyRing,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  async start(): Promise<void> {
    if (this.config.auth.mode === 'off')
      this.logger.warn(`AUTH=off: whoever reaches HOST ${this.config.server.host} may do everything`);
    else if (!this.ring.isProtected)
      this.logger.log(
        'No key was made yet: this machine alone is served, without keys. Make a key before you put anything in front: ' +
          'not every proxy can be told from a program of this machine (see docs/security.md)',
      );
    await this.recordDamages();
    this.ring.onChange((change) => void this.recordChange(change));
  }

  private get nextStep(): string {
    return this.config.auth.adminKey === ''
      ? 'make new ones with npm run keys on this machine'
      : 'ADMIN_KEY opens as before, and makes new ones';
  }

  private async recordChange(change: KeysChange): Promise<void> {
    await this.recordDamages();
    for (const message of differences(change)) await this.log.note('normal', message);
  }

  private async recordDamages(): Promise<void> {
    const untold = this.ring.damages.slice(this.recorded);
    this.recorded += untold.length;
    for (const damage of untold) {
      const message = `${damage}; ${this.nextStep}`;
      this.logger.error(message);
      await this.log.note('critical', message);
    }
  }
}

/** What became of keys, one sentence each. */
function differences({ before, after }: KeysChange): string[] {
  return [...after.values()].flatMap((key) => {
    const old = before.get(key.id);
    if (!old) return [`The key ${nameOf(key)} was made`];
    if (key.revokedMs !== undefined && old.revokedMs === undefined)
      return [`The key ${nameOf(key)} was revoked`];
    return key.secrets[0]?.hash === old.secrets[0]?.hash ? [] : [`The key ${nameOf(key)} was rotated`];
  });
}

function nameOf({ id, name, role }: Key): string {
  return `${id} (${name}, ${role})`;
}
