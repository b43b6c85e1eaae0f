import { hash, randomBytes } from 'node:crypto';

export const ROLES = ['device', 'reader', 'admin'] as const;

/** What a key is for: a device sends readings, a reader reads them, an admin may do both and everything else. */
export type Role = (typeof ROLES)[number];

/** The name of a key, and what it may do. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** The sensors a device may send readings of, `*` standing for any characters; undefined allows any sensor. */
  readonly sensors?: readonly string[];
  /** The zones that it may send readings from, in the same way. */
  readonly zones?: readonly string[];
  /** When it becomes invalid; milliseconds since the Unix epoch. */
  readonly expiresMs?: number;
  /** Its own limits in place of LIMIT_KEY_READINGS and LIMIT_KEY_REQUESTS; 0 sets no limit. */
  readonly readingsPerSecond?: number;
  readonly requestsPerSecond?: number;
}

/** One secret of a key. A key that was rotated has two valid ones for a while. */
export interface Secret {
  /** SHA-256 of the text that the client sends, in hexadecimal. The text itself is not stored. */
  readonly hash: string;
  /** When it becomes invalid, because a newer one replaced it. */
  readonly endsMs?: number;
}

/** The time in which the old secrets of a rotated key stay valid, milliseconds since the Unix epoch. */
export interface Grace {
  readonly nowMs: number;
  readonly endsMs: number;
}

/** A key as it is stored. */
export interface Key extends NewKey {
  readonly id: string;
  readonly createdMs: number;
  /** When it was revoked. A revoked key stays in the list, to show who had access. */
  readonly revokedMs?: number;
  /** The newest first. */
  readonly secrets: readonly Secret[];
}

export type KeyState = 'active' | 'expired' | 'revoked';

export function stateOf({ revokedMs, expiresMs = Infinity }: Key, nowMs: number): KeyState {
  if (revokedMs !== undefined) return 'revoked';
  return expiresMs <= nowMs ? 'expired' : 'active';
}

/** 256 random bits, with a prefix by which scanners find a leaked secret. */
export function makeSecret(): string {
  return `pxk_${randomBytes(32).toString('base64url')}`;
}

/** A fast hash is enough: the secrets are random and too long to guess. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Begins with a letter, so that a command line does not take it for an option. */
export function makeKeyId(): string {
  return `key_${randomBytes(6).toString('hex')}`;
}

/**
 * @returns the key with a new secret
 * @param grace until when the old secrets stay valid
 */
export function rotateSecret(key: Key, hash: string, { nowMs, endsMs }: Grace): Key {
  const old = key.secrets
    .filter((secret) => (secret.endsMs ?? Infinity) > nowMs)
    .map((secret) => ({ ...secret, endsMs: Math.min(secret.endsMs ?? Infinity, endsMs) }));
  return { ...key, secrets: [{ hash }, ...(endsMs > nowMs ? old : [])] };
}
