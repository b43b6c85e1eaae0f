import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';

import { Pacer } from '../../common/scheduling/pacer.js';
import { IncompleteBody } from '../../common/errors/incomplete-body.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { type BodyShare, SMALL_BYTES } from './body-budget.js';
import { ChunkBuffer } from './chunk-buffer.js';

/** Large bodies are inflated in chunks of this size: smaller chunks would be many more events. */
const INFLATED_CHUNK_BYTES = 64 << 10;
/** Bytes of a body that are inflated as fast as they come. */
const UNTHROTTLED_BYTES = 1 << 20;
/** Beyond them all bodies together inflate 33 MB a second, or decompression bombs would take all CPU time. */
const THROTTLED_CHUNK_BYTES = 64 << 10;
const inflating = new Pacer({ perTick: THROTTLED_CHUNK_BYTES, everyMs: 2 });
/** Memory of zlib itself, mostly its window. */
const INFLATER_BYTES = 64 << 10;

/** What is known about a body before it is read. */
export interface BodyToRead {
  /** From Content-Length; NaN without one. */
  readonly lengthBytes: number;
  /** Limits both the bytes sent and the inflated bytes. */
  readonly maxBytes: number;
  readonly isGzip: boolean;
  readonly share: BodyShare | undefined;
  /** Receives every chunk, inflated: gzip of the same text can have other bytes each time. */
  readonly onChunk: ((chunk: Buffer) => void) | undefined;
}

type Done = (error: Error | null, body?: Buffer) => void;

/**
 * Reads a body to its end, or until it is refused; the rest is dropped. Gzip is inflated while it arrives, so that of a
 * decompression bomb neither the sent bytes nor more than `maxBytes` of the result are ever in memory.
 * @param done receives BODY_TOO_LARGE, TOO_BUSY, INVALID_ENCODING, or the error of a broken connection
 */
export function readBody(source: Readable, body: BodyToRead, done: Done): void {
  const { lengthBytes, maxBytes, isGzip, share } = body;
  try {
    if (lengthBytes > maxBytes) throw bodyTooLarge(maxBytes);
    // The whole length at once, so that a body is refused before it is read, not midway.
    if (isGzip && !(lengthBytes <= SMALL_BYTES)) share?.take(INFLATER_BYTES);
    else if (lengthBytes > 0) share?.take(lengthBytes);
  } catch (error) {
    done(error as Error);
    return;
  }
  const isCounted = isGzip || Number.isNaN(lengthBytes);
  const inflater = isGzip ? createInflater(lengthBytes) : undefined;
  const chunks = new ChunkBuffer();
  let sentBytes = 0;
  let inflateUpToBytes = UNTHROTTLED_BYTES;
  let isSent = false;
  let isInflated = !isGzip;
  /** Bytes up to the last one that is not zero: nothing but zeros may follow gzip. */
  let gzipBytes = 0;

  const finish = (error: Error | null): void => {
    source.off('data', receive).off('end', endSource).off('error', fail);
    if (inflater) discard(inflater);
    if (error) {
      // Nobody listens any longer: drop the rest.
      source.resume();
      done(error);
    } else {
      done(null, chunks.toBuffer());
    }
  };
  const finishWhenWhole = (): void => {
    if (!isSent || !isInflated) return;
    const hasMore = inflater !== undefined && gzipBytes > inflater.bytesWritten;
    finish(hasMore ? new GatewayError('INVALID_ENCODING', MORE_AFTER_GZIP) : null);
  };
  /** @returns false when the body is refused */
  const keep = (chunk: Buffer): boolean => {
    try {
      if (chunks.bytes + chunk.length > maxBytes) throw bodyTooLarge(maxBytes);
      if (isCounted) share?.take(chunk.length);
    } catch (error) {
      finish(error as Error);
      return false;
    }
    chunks.add(chunk);
    body.onChunk?.(chunk);
    return true;
  };
  const receive = (chunk: Buffer): void => {
    const lastIndex = isGzip ? lastNonZero(chunk) : -1;
    if (lastIndex >= 0) gzipBytes = sentBytes + lastIndex + 1;
    sentBytes += chunk.length;
    if (sentBytes > maxBytes) finish(bodyTooLarge(maxBytes));
    else if (!inflater) keep(chunk);
    // Bytes after the end of gzip are checked in finishWhenWhole().
    else if (!isInflated && !inflater.write(chunk)) source.pause();
  };
  const endSource = (): void => {
    isSent = true;
    if (isInflated) finishWhenWhole();
    else inflater?.end();
  };
  /** When the client has disconnected, nobody reads the answer, and the gateway has done nothing wrong. */
  const fail = (error: Error): void => {
    if (error instanceof IncompleteBody) finish(error.after(sentBytes, lengthBytes));
    else finish(Object.assign(error, { statusCode: 400 }));
  };

  inflater
    ?.on('data', (chunk: Buffer) => {
      if (!keep(chunk) || chunks.bytes < inflateUpToBytes) return;
      inflater.pause();
      inflating.add(() => {
        if (inflater.destroyed) return 0;
        inflateUpToBytes = chunks.bytes + THROTTLED_CHUNK_BYTES;
        inflater.resume();
        return THROTTLED_CHUNK_BYTES;
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

const MORE_AFTER_GZIP = 'The body goes on after the end of gzip; send one gzip stream and nothing after it';

/** @returns the index of the last byte that is not zero; -1 when there is none */
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
