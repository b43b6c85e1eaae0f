import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { type Leap, moveWith } from '../clock/leap.js';
import { NOBODY } from '../common/scheduling/fair-share.js';
import type { RememberedAnswer } from '../journal/entry.js';

/** Bytes of a row in the ledger besides its texts. */
export const ROW_BYTES = 32;
/** Shorter answers are not compressed: most answers are short, and compression would save little. */
const COMPRESS_FROM_BYTES = 1 << 10;
/** Marks a compressed answer. One that is not compressed is a JSON object. */
const COMPRESSED = 'z';

/** The estimated bytes of an answer on disk; the ledger counts them in the same way. */
export function rememberedSize({ key, fingerprint, answer }: RememberedAnswer): number {
  return Buffer.byteLength(key) + Buffer.byteLength(fingerprint) + Buffer.byteLength(answer) + ROW_BYTES;
}

/** The holder of the share that an answer counts to. Earlier builds did not record it; without keys it is not known. */
export function holderOf({ key, holder }: RememberedAnswer): string {
  if (holder !== undefined) return holder;
  const end = key.indexOf('\n');
  return end < 0 ? NOBODY : `key ${key.slice(0, end)}`;
}

/** The same answer, compressed where that makes it shorter: refusals repeat themselves. */
export function compressed(remembered: RememberedAnswer): RememberedAnswer {
  const { answer } = remembered;
  const bytes = Buffer.byteLength(answer);
  if (bytes < COMPRESS_FROM_BYTES) return remembered;
  const short = COMPRESSED + deflateRawSync(answer, { level: 1 }).toString('base64');
  return short.length < bytes ? { ...remembered, answer: short } : remembered;
}

/** The same answer, not compressed. */
export function decompressed(remembered: RememberedAnswer): RememberedAnswer {
  const { answer } = remembered;
  if (!answer.startsWith(COMPRESSED)) return remembered;
  const bytes = Buffer.from(answer.slice(COMPRESSED.length), 'base64');
  return { ...remembered, answer: inflateRawSync(bytes).toString() };
}

/**
 * When an answer expires after the machine's clock was set: it is remembered for as long as it would have been, and no
 * longer than a new one.
 * @param latestUs when a new answer would expire
 */
export function movedExpiry(expiresUs: number, leap: Leap | undefined, latestUs: number): number {
  const movedUs = leap ? Math.floor(moveWith(leap, expiresUs / 1000) * 1000) : expiresUs;
  return Math.min(movedUs, latestUs);
}
