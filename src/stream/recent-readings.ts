import { type AcceptedEntry, positionBefore } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import { ReadingColumns } from '../model/reading-columns.js';
import { toJson } from './sse.js';

/** Positions in a chunk. */
const CHUNK = 1_024;
/** Chunks whose texts stay once a client needed them: other clients are at the same position or follow. */
const MAX_WITH_TEXTS = 16;

/** Stands in for a reading that is not shown: no sensor has an empty name. */
const HIDDEN: Reading = { sensorId: '', zone: '', value: 0, timestampUs: 0 };

/** Readings at consecutive positions. Only the last chunk has fewer than CHUNK. */
interface Chunk {
  readonly readings: ReadingColumns;
  /** The readings as JSON, as far as they were needed. */
  texts: (string | undefined)[] | undefined;
}

/** A bounded buffer of the newest readings in the order of the journal, by position. Some positions have none that is shown. */
export class RecentReadings {
  private chunks: Chunk[] = [];
  /** The first position of the first chunk. */
  private start = 1;
  private withTexts: Chunk[] = [];
  private last = 0;

  constructor(private readonly capacity: number) {}

  /** The oldest position in the buffer; `lastPosition + 1` when it is empty. */
  get firstPosition(): number {
    return Math.max(this.start, this.last - this.capacity + 1);
  }

  get lastPosition(): number {
    return this.last;
  }

  /** Empties the buffer; the next reading has the position after this one. */
  startAfter(position: number): void {
    this.chunks = [];
    this.withTexts = [];
    this.start = position + 1;
    this.last = position;
  }

  /**
   * Adds the readings of an entry.
   * @param isShown false adds their positions without them
   */
  push(accepted: AcceptedEntry, isShown: boolean): void {
    const { position, count, entry } = accepted;
    const before = positionBefore(accepted);
    // Positions missing in between belong to lost readings.
    if (before !== this.last) this.startAfter(before);
    this.add(isShown ? entry.readings : Array.from({ length: count }, () => HIDDEN));
    this.last = position;
    while (this.start + CHUNK <= this.firstPosition && this.chunks.shift()) this.start += CHUNK;
  }

  /** Calls `visit` for each reading from one position to another. Both are included, and both must be in the buffer. */
  forEach(
    first: number,
    last: number,
    visit: (position: number, sensorId: string, zone: string) => void,
  ): void {
    for (let position = first; position <= last;) {
      const { readings } = this.chunkOf(position);
      const at = (position - this.start) % CHUNK;
      const end = Math.min(CHUNK, at + last - position + 1);
      for (let index = at; index < end; index += 1) {
        const sensorId = readings.sensorIdAt(index);
        if (sensorId !== '') visit(position + index - at, sensorId, readings.zoneAt(index));
      }
      position += end - at;
    }
  }

  /** @throws RangeError when the position is not in the buffer, or its reading is not shown, like the method below */
  at(position: number): Reading {
    const reading = this.chunkOf(position).readings.at((position - this.start) % CHUNK);
    if (reading.sensorId === '') throw new RangeError(`No reading is shown at ${position}`);
    return reading;
  }

  /** The reading as JSON, which is made once for all clients. */
  jsonAt(position: number): string {
    const chunk = this.chunkOf(position);
    if (!chunk.texts) {
      chunk.texts = [];
      this.withTexts.push(chunk);
      const oldest = this.withTexts.length > MAX_WITH_TEXTS ? this.withTexts.shift() : undefined;
      if (oldest) oldest.texts = undefined;
    }
    return (chunk.texts[(position - this.start) % CHUNK] ??= toJson(this.at(position)));
  }

  private add(readings: readonly Reading[]): void {
    let rest = readings;
    while (rest.length > 0) {
      let chunk = this.chunks.at(-1);
      if (!chunk || chunk.readings.length === CHUNK) {
        chunk = { readings: new ReadingColumns(CHUNK), texts: undefined };
        this.chunks.push(chunk);
      }
      const room = CHUNK - chunk.readings.length;
      chunk.readings.pushAll(rest.length <= room ? rest : rest.slice(0, room));
      rest = rest.length <= room ? [] : rest.slice(room);
    }
  }

  private chunkOf(position: number): Chunk {
    const chunk = this.chunks[Math.floor((position - this.start) / CHUNK)];
    if (!chunk) throw new RangeError(`Position ${position} is not in the buffer`);
    return chunk;
  }
}
