import { isAscii } from 'node:buffer';

import { formatValue } from '../../common/errors/format-value.js';
import { GatewayError } from '../../common/errors/gateway-error.js';

/** More bytes behind a body than a device's buffer holds are not looked at. */
const MAX_PADDING_BYTES = 64 << 10;
/** What bytes that are not UTF-8 are decoded to. */
const REPLACEMENT = '\ufffd';
const MAX_DAMAGED = 1_000;
const MODEM_END = 0x1a;
/** NUL, which fills a buffer of fixed size; 0x1A, which ends a message to a GSM modem; white space. */
const PADDING = new Set(Buffer.from('\0\x1a \t\r\n'));

/** @returns the text without a UTF-8 byte order mark (EF BB BF) */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** @returns JSON or NDJSON without what devices and modems append */
export function withoutPadding(bytes: Buffer): Buffer {
  const end = endOfText(bytes);
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}

/**
 * @returns line protocol without the byte that ends a message to a GSM modem, and what follows it; white space before it is left,
 * since it can be escaped, and so are NUL bytes, which InfluxDB refuses
 */
export function withoutModemEnd(bytes: Buffer): Buffer {
  const end = endOfText(bytes);
  const modemEnd = bytes.subarray(end).indexOf(MODEM_END);
  return modemEnd === -1 ? bytes : bytes.subarray(0, end + modemEnd);
}

function endOfText(bytes: Buffer): number {
  let end = bytes.length;
  const least = Math.max(0, end - MAX_PADDING_BYTES);
  while (end > least && PADDING.has(bytes[end - 1] ?? 0)) end -= 1;
  return end;
}

/**
 * Decodes lines of which some are not UTF-8, so that only their readings are refused.
 * @returns the text with a lone surrogate, which no name may have, for what is not UTF-8; undefined when that is so much that the
 * text is in another encoding
 */
export function decodeDamaged(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  let count = 0;
  for (let at = text.indexOf(REPLACEMENT); at !== -1; at = text.indexOf(REPLACEMENT, at + 1))
    if ((count += 1) > MAX_DAMAGED) return undefined;
  return text.replaceAll(REPLACEMENT, '\udcff');
}

/**
 * Refuses a body that is UTF-8 by its bytes, but not by its Content-Type: its letters may be others than were meant.
 * @throws GatewayError INVALID_JSON
 */
export function refuseOtherCharset(contentType: string | undefined, bytes: Buffer): void {
  if (!contentType?.includes(';')) return;
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(contentType)?.[1];
  if (charset === undefined || /^(?:utf-?8|us-ascii|ascii)$/i.test(charset) || isAscii(bytes)) return;
  const detail = `The body must be in UTF-8; Content-Type says charset=${formatValue(charset)}`;
  throw new GatewayError('INVALID_JSON', detail);
}
