import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { NOBODY } from '../common/scheduling/fair-share.js';
import type { RememberedAnswer } from '../journal/entry-codec.js';

/** Bytes of a row in the state file besides its texts. */
export const ROW_BYTES = 32;
/** Shorter answers stay as they are: they are the most, and compression would save little. */
const PACK_FROM_BYTES = 1 << 10;
/** Marks a packed answer. One that is not packed is a JSON object. */
const PACKED = 'z';

/** The estimated bytes of an answer on disk; the state file counts them in the same way. */
export function rememberedSize({ key, fingerprint, answer }: RememberedAnswer): number {
  return Buffer.byteLength(key) + Buffer.byteLength(fingerprint) + Buffer.byteLength(answer) + ROW_BYTES;
}

/** Whose share an answer counts to. Earlier builds did not note it, and without keys it is not known. */
export function holderOf({ key, holder }: RememberedAnswer): string {
  if (holder !== undefined) return holder;
  const end = key.indexOf('\n');
  return end < 0 ? NOBODY : `key ${key.slice(0, end)}`;
}

/** The same answer, compressed where that makes it shorter: refusals repeat themselves. */
export function packed(remembered: RememberedAnswer): RememberedAnswer {
  const { answer } = remembered;
  const bytes = Buffer.byteLength(answer);
  if (bytes < PACK_FROM_BYTES) return remembered;
  const short = PACKED + deflateRawSync(answer, { level: 1 }).toString('base64');
  return short.length < bytes ? { ...remembered, answer: short } : remembered;
}

/** The same answer as it was given. */
export function unpacked(remembered: RememberedAnswer): RememberedAnswer {
  const { answer } = remembered;
  if (!answer.startsWith(PACKED)) return remembered;
  const bytes = Buffer.from(answer.slice(PACKED.length), 'base64');
  return { ...remembered, answer: inflateRawSync(bytes).toString() };
}
