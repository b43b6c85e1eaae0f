/** Smaller ones are put together: each Buffer costs some hundred bytes of its own. */
const SMALL_BYTES = 1 << 10;
const BLOCK_BYTES = 16 << 10;

/** A body as it comes. A client that sends it a byte at a time makes it take no more memory. */
export class ChunkBuffer {
  private readonly chunks: Buffer[] = [];
  private block = Buffer.alloc(0);
  private blockBytes = 0;
  bytes = 0;

  add(piece: Buffer): void {
    this.bytes += piece.length;
    // The first piece is mostly all there is.
    if (piece.length >= SMALL_BYTES || this.bytes === piece.length) {
      this.endBlock();
      this.chunks.push(piece);
      return;
    }
    if (this.blockBytes + piece.length > this.block.length) {
      this.endBlock();
      this.block = Buffer.allocUnsafe(BLOCK_BYTES);
    }
    piece.copy(this.block, this.blockBytes);
    this.blockBytes += piece.length;
  }

  /** All of them in one. */
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
