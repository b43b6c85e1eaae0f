import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';

import { Pacer } from '../../common/scheduling/pacer.js';
import { BrokenBody } from '../../common/errors/broken-body.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { type BodyShare, SMALL_BYTES } from './body-budget.js';
import { ChunkBuffer } from './chunk-buffer.js';

/** A large body is inflated in pieces of this size; of small ones the event loop would have many more to handle. */
const INFLATED_CHUNK_BYTES = 64 << 10;
/** So much of a body is inflated as fast as it comes… */
const UNTHROTTLED_BYTES = 1 << 20;
/** …and 33 MB a second of what follows, all bodies together: bombs would take all the time that there is. */
const TURN_BYTES = 64 << 10;
const inflating = new Pacer({ perTurn: TURN_BYTES, everyMs: 2 });
/** What inflating takes itself, its window above all. */
const INFLATER_BYTES = 64 << 10;

/** What there is to know of a body before it is read. */
export interface BodyToRead {
  /** As its Content-Length says; NaN when it does not. */
  readonly lengthBytes: number;
  /** As it is sent, and inflated. */
  readonly maxBytes: number;
  readonly isGzip: boolean;
  readonly share: BodyShare | undefined;
  /** Sees every piece as it was sent. */
  readonly onChunk: ((piece: Buffer) => void) | undefined;
}

type Done = (error: Error | null, body?: Buffer) => void;

/**
 * Reads a body to its end, or to where it is refused; what comes after that is dropped. Gzip is
 * inflated while it arrives, so that neither what was sent of a bomb is ever held, nor more of it than is allowed.
 * @param done given BODY_TOO_LARGE, TOO_BUSY, INVALID_ENCODING, or the error of a connection that broke
 */
export function readBody(source: Readable, body: BodyToRead, done: Done): void {
  const { lengthBytes, maxBytes, isGzip, share } = body;
  try {
    if (lengthBytes > maxBytes) throw bodyTooLarge(maxBytes);
    // All at once, so that a body is refused before it is read, and not midway.
    if (isGzip && !(lengthBytes <= SMALL_BYTES)) share?.take(INFLATER_BYTES);
    else if (lengthBytes > 0) share?.take(lengthBytes);
  } catch (error) {
    done(error as Error);
    return;
  }
  const isCounted = isGzip || Number.isNaN(lengthBytes);
  const inflater = isGzip ? createInflater(lengthBytes) : undefined;
  const pieces = new ChunkBuffer();
  let sentBytes = 0;
  let swiftBytes = UNTHROTTLED_BYTES;
  let isSent = false;
  let isInflated = !isGzip;
  /** Up to the last byte other than zero: zeros may follow gzip, nothing else. */
  let meantBytes = 0;

  const finish = (error: Error | null): void => {
    source.off('data', receive).off('end', endSource).off('error', fail);
    if (inflater) discard(inflater);
    if (error) {
      // Nobody listens any more: what comes is dropped.
      source.resume();
      done(error);
    } else {
      done(null, pieces.toBuffer());
    }
  };
  const finishWhenWhole = (): void => {
    if (!isSent || !isInflated) return;
    const isMore = inflater !== undefined && meantBytes > inflater.bytesWritten;
    finish(isMore ? new GatewayError('INVALID_ENCODING', MORE_BEHIND_GZIP) : null);
  };
  /** @returns whether the body may go on */
  const keep = (piece: Buffer): boolean => {
    try {
      if (pieces.bytes + piece.length > maxBytes) throw bodyTooLarge(maxBytes);
      if (isCounted) share?.take(piece.length);
    } catch (error) {
      finish(error as Error);
      return false;
    }
    pieces.add(piece);
    return true;
  };
  const receive = (piece: Buffer): void => {
    const lastMeant = isGzip ? lastNonZero(piece) : -1;
    if (lastMeant >= 0) meantBytes = sentBytes + lastMeant + 1;
    sentBytes += piece.length;
    body.onChunk?.(piece);
    if (sentBytes > maxBytes) finish(bodyTooLarge(maxBytes));
    else if (!inflater) keep(piece);
    // What follows after the end of gzip is no part of it, and is looked at in the end.
    else if (!isInflated && !inflater.write(piece)) source.pause();
  };
  const endSource = (): void => {
    isSent = true;
    if (isInflated) finishWhenWhole();
    else inflater?.end();
  };
  /** Of a client that has gone nobody is there to be told, and nothing is wrong with the gateway. */
  const fail = (error: Error): void => {
    if (error instanceof BrokenBody) finish(error.after(sentBytes, lengthBytes));
    else finish(Object.assign(error, { statusCode: 400 }));
  };

  inflater
    ?.on('data', (piece: Buffer) => {
      if (!keep(piece) || pieces.bytes < swiftBytes) return;
      inflater.pause();
      inflating.wait(() => {
        if (inflater.destroyed) return 0;
        swiftBytes = pieces.bytes + TURN_BYTES;
        inflater.resume();
        return TURN_BYTES;
      });
    })
    .on('drain', () => source.resume())
    .once('end', () => {
      isInflated = true;
      source.resume();
      finishWhenWhole();
    })
    .once('error', ({ message }) => {
      finish(new GatewayError('INVALID_ENCODING', `The body is not valid gzip: ${message}`));
    });
  source.on('data', receive).on('end', endSource).on('error', fail);
}

const MORE_BEHIND_GZIP =
  'The body goes on behind the end of gzip; send one gzip stream and nothing behind it';

/** @returns -1 when there are zeros alone */
function lastNonZero(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && bytes[at] === 0) at -= 1;
  return at;
}

function createInflater(lengthBytes: number): Gunzip {
  return lengthBytes <= SMALL_BYTES ? createGunzip() : createGunzip({ chunkSize: INFLATED_CHUNK_BYTES });
}

function discard(inflater: Gunzip): void {
  inflater
    .removeAllListeners()
    .on('error', () => undefined)
    .destroy();
}

function bodyTooLarge(maxBytes: number): GatewayError {
  return new GatewayError('BODY_TOO_LARGE', `The body must be at most ${maxBytes} bytes long`);
}
