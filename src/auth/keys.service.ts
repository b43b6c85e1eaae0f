import { Injectable } from '@nestjs/common';

import { KeyRing } from './key-ring.js';
import { KeyDto, MadeKeyDto, type NewKeyDto, type RotationDto } from './key.dto.js';
import type { Principal } from './principal.js';

/** Manages the keys for admins. */
@Injectable()
export class KeysService {
  constructor(private readonly ring: KeyRing) {}

  /** All keys that were ever made, the oldest first. */
  all({ keyId }: Principal): KeyDto[] {
    const { nowMs } = this.ring;
    return this.ring.all().map((key) => new KeyDto(key, this.ring.lastUsedMs(key.id), keyId, nowMs));
  }

  /** @throws GatewayError TOO_MANY_KEYS or KEYS_UNAVAILABLE */
  async create(wanted: NewKeyDto, { keyId }: Principal): Promise<MadeKeyDto> {
    const made = await this.ring.create(wanted.toKey());
    return new MadeKeyDto(made, undefined, keyId, this.ring.nowMs);
  }

  /** @throws GatewayError KEY_NOT_FOUND, KEY_REVOKED or KEYS_UNAVAILABLE */
  async rotate(id: string, { graceSeconds }: RotationDto, { keyId }: Principal): Promise<MadeKeyDto> {
    const made = await this.ring.rotate(id, Math.round(graceSeconds * 1000));
    return new MadeKeyDto(made, this.ring.lastUsedMs(id), keyId, this.ring.nowMs);
  }

  /** @throws GatewayError KEY_NOT_FOUND or KEYS_UNAVAILABLE */
  async revoke(id: string): Promise<void> {
    await this.ring.revoke(id);
  }
}
