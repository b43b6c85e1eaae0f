import { Injectable, Logger } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { EventLog } from '../model/event-log.js';
import { KeyRing, type KeysChange } from './key-ring.js';
import type { Key } from './key.js';

/** Writes changes of the keys, and what is wrong with the key file, into the system log. */
@Injectable()
export class KeyEvents {
  private readonly logger = new Logger(KeyEvents.name);
  private recorded = 0;

  constructor(
    private readonly config: GatewayConfig,
    private readonly ring: KeyRing,
    private readonly log: EventLog,
  ) {}

  async start(): Promise<void> {
    if (this.config.auth.mode === 'off')
      this.logger.warn(`AUTH=off: anyone who reaches HOST ${this.config.server.host} may do everything`);
    await this.recordDamages();
    this.ring.onChange((change) => void this.recordChange(change));
  }

  /** What to know while there is no key; undefined once there is one, or with AUTH=off. */
  get hint(): string | undefined {
    if (this.config.auth.mode === 'off' || this.ring.isProtected) return undefined;
    return (
      'There is no key yet: the gateway accepts local connections only, without keys. Make a key before you put a ' +
      'proxy in front: not every proxy can be distinguished from a local program (see docs/security.md)'
    );
  }

  private get nextStep(): string {
    return this.config.auth.adminKey === ''
      ? 'make new keys with npm run keys on this machine'
      : 'ADMIN_KEY is still valid and can make new keys';
  }

  private async recordChange(change: KeysChange): Promise<void> {
    await this.recordDamages();
    for (const message of describeChange(change)) await this.log.record('normal', message);
  }

  private async recordDamages(): Promise<void> {
    const unrecorded = this.ring.damages.slice(this.recorded);
    this.recorded += unrecorded.length;
    for (const damage of unrecorded) {
      const message = `${damage}; ${this.nextStep}`;
      this.logger.error(message);
      await this.log.record('critical', message);
    }
  }
}

/** @returns one sentence for each key that was made, revoked or rotated */
function describeChange({ before, after }: KeysChange): string[] {
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
