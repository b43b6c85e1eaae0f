import { createHash, randomBytes } from 'node:crypto';

export const ROLES = ['device', 'reader', 'admin'] as const;

/** What a key is for: a device sends readings, a reader reads them, an admin may do both and everything else. */
export type Role = (typeof ROLES)[number];

/** What names a key and bounds it. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** The sensors a device may send readings of, `*` standing for any characters; undefined, any sensor. */
  readonly sensors?: readonly string[];
  /** The zones it may send readings from, likewise. */
  readonly zones?: readonly string[];
  /** From then on it is refused; milliseconds since the Unix epoch. */
  readonly expiresMs?: number;
  /** What it may send, in place of LIMIT_KEY_READINGS and LIMIT_KEY_REQUESTS; 0 sets no limit. */
  readonly readingsPerSecond?: number;
  readonly requestsPerSecond?: number;
}

/** One secret that opens with the rights of a key. A key that was rotated has two for a while. */
export interface Secret {
  /** SHA-256 of the text the client sends, in hexadecimal. The text itself is kept nowhere. */
  readonly hash: string;
  /** From then on it is refused, because a newer one took its place. */
  readonly endsMs?: number;
}

/** A key as it is kept. */
export interface Key extends NewKey {
  readonly id: string;
  readonly createdMs: number;
  /** When it was revoked: it is kept, so that one can see who had access. */
  readonly revokedMs?: number;
  /** The newest first. */
  readonly secrets: readonly Secret[];
}

export type KeyState = 'active' | 'expired' | 'revoked';

export function stateOf({ revokedMs, expiresMs = Infinity }: Key, nowMs: number): KeyState {
  if (revokedMs !== undefined) return 'revoked';
  return expiresMs <= nowMs ? 'expired' : 'active';
}

/** 256 random bits, and a beginning by which a secret that was leaked somewhere can be found. */
export function makeSecret(): string {
  return `pxk_${randomBytes(32).toString('base64url')}`;
}

/** Secrets are random, so nothing is gained by a slow hash: none can be guessed from it. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Begins with a letter, so that it is no option on a command line. */
export function makeKeyId(): string {
  return `key_${randomBytes(6).toString('hex')}`;
}

/**
 * A key with a new secret; those it had end within a time at the latest.
 * @param graceMs for so long the old ones are good, too
 */
export function rotateSecret(key: Key, hash: string, nowMs: number, graceMs: number): Key {
  const endsMs = nowMs + graceMs;
  const old = key.secrets
    .filter((secret) => (secret.endsMs ?? Infinity) > nowMs)
    .map((secret) => ({ ...secret, endsMs: Math.min(secret.endsMs ?? Infinity, endsMs) }));
  return { ...key, secrets: [{ hash }, ...(graceMs > 0 ? old : [])] };
}
