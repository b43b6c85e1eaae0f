import { ApiProperty } from '@nestjs/swagger';

import { StoredReadingDto } from '../model/stored-reading.dto.js';
import { TimestampProperty } from '../model/timestamp.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';
import type { DeadLetter } from '../model/dead-letter.js';

/** A reading that the store refused for good. */
export class DeadLetterDto {
  @ApiProperty({ type: 'integer' })
  readonly id: number;

  @TimestampProperty('When it became a dead letter')
  readonly time: string;

  @ApiProperty({ type: String, description: "The store's error message" })
  readonly reason: string;

  @ApiProperty({ type: StoredReadingDto })
  readonly reading: StoredReadingDto;

  constructor({ id, timeUs, reason, reading }: DeadLetter) {
    this.id = id;
    this.time = formatTimestamp(timeUs);
    this.reason = reason;
    this.reading = new StoredReadingDto(reading);
  }
}

/** The result of a replay. */
export class ReplayedDto {
  @ApiProperty({ type: Boolean, enum: [true] })
  readonly success = true;

  @ApiProperty({ type: 'integer', description: 'Dead letters that are queued again' })
  readonly replayed: number;

  constructor(replayed: number) {
    this.replayed = replayed;
  }
}
