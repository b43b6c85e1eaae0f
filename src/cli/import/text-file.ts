import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';

import { type Encoding, findEncoding, refuseKnownKinds } from './file-kind.js';
import { statRegularFile, toFileError } from './regular-file.js';

const CHUNK_BYTES = 1 << 18;
/** What is read before the first row: enough for the header and some rows. */
const HEAD_BYTES = 1 << 16;

/** The text of a file, read in chunks; of a gzip file what is in it. */
export class TextFile {
  private constructor(
    private readonly file: string,
    private readonly source: ReadStream,
    private readonly bytes: AsyncIterator<Buffer, undefined>,
    private readonly decoder: TextDecoder,
    readonly encoding: Encoding,
    readonly isGzip: boolean,
    /** The beginning of the text, or all of it. */
    readonly head: string,
    /** Why nothing can be read behind the head, such as a gzip file that is cut off within it. */
    private readonly headError: Error | undefined,
  ) {}

  /** @throws ImportFileError when there is no such file, or it is no text */
  static async open(file: string): Promise<TextFile> {
    await statRegularFile(file);
    const start = await readStart(file);
    const isGzip = start[0] === 0x1f && start[1] === 0x8b;
    const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
    const inflated: Readable = isGzip
      ? pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined)
      : source;
    const bytes = (inflated as AsyncIterable<Buffer, undefined>)[Symbol.asyncIterator]();
    try {
      const { head, error } = await readHead(bytes);
      refuseKnownKinds(head);
      const encoding = findEncoding(head);
      const decoder = new TextDecoder(encoding);
      const text = decoder.decode(head, { stream: true });
      return new TextFile(file, source, bytes, decoder, encoding, isGzip, text, error);
    } catch (error) {
      source.destroy();
      throw toFileError(file, error);
    }
  }

  /** Bytes of the file that were read so far. */
  get bytesRead(): number {
    return this.source.bytesRead;
  }

  /** The whole text, once. Bytes that are no text become U+FFFD. */
  async *chunks(): AsyncGenerator<string, undefined> {
    try {
      yield this.head;
      if (this.headError !== undefined) throw this.headError;
      for (;;) {
        const { done, value } = await this.bytes.next();
        if (done) break;
        yield this.decoder.decode(value, { stream: true });
      }
      yield this.decoder.decode();
    } catch (error) {
      throw toFileError(this.file, error);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.source.destroy();
  }
}

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file).catch((error: unknown) => {
    throw toFileError(file, error);
  });
  try {
    return (await handle.read(Buffer.alloc(2), 0, 2, 0)).buffer;
  } finally {
    await handle.close();
  }
}

async function readHead(
  bytes: AsyncIterator<Buffer, undefined>,
): Promise<{ readonly head: Buffer; readonly error?: Error }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    while (size < HEAD_BYTES) {
      const { done, value } = await bytes.next();
      if (done) break;
      chunks.push(value);
      size += value.length;
    }
  } catch (error) {
    if (size === 0) throw error;
    return { head: Buffer.concat(chunks), error: error as Error };
  }
  return { head: Buffer.concat(chunks) };
}
