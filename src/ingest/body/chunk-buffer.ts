/** Smaller chunks are copied together: each Buffer costs some hundred bytes of its own. */
const SMALL_BYTES = 1 << 10;
const BLOCK_BYTES = 16 << 10;

/** Collects the chunks of a body. A client that sends single bytes does not make it use more memory. */
export class ChunkBuffer {
  private readonly chunks: Buffer[] = [];
  private block = Buffer.alloc(0);
  private blockBytes = 0;
  bytes = 0;

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    // Mostly the first chunk is the whole body.
    if (chunk.length >= SMALL_BYTES || this.bytes === chunk.length) {
      this.endBlock();
      this.chunks.push(chunk);
      return;
    }
    if (this.blockBytes + chunk.length > this.block.length) {
      this.endBlock();
      this.block = Buffer.allocUnsafe(BLOCK_BYTES);
    }
    chunk.copy(this.block, this.blockBytes);
    this.blockBytes += chunk.length;
  }

  /** All chunks as one Buffer. */
  toBuffer(): Buffer {
    this.endBlock();
    const [first] = this.chunks;
    return first && this.chunks.length === 1 ? first : Buffer.concat(this.chunks, this.bytes);
  }

  private endBlock(): void {
    if (this.blockBytes === 0) return;
    this.chunks.push(this.block.subarray(0, this.blockBytes));
    this.block = this.block.subarray(this.blockBytes);
    this.blockBytes = 0;
  }
}
