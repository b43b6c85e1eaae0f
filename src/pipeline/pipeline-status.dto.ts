import { ApiProperty } from '@nestjs/swagger';

import type { PipelineCounts } from './pipeline-counters.js';

interface Rest {
  readonly refused: Readonly<Record<string, number>>;
  readonly unjudged: number;
  readonly journalBytes: number;
  readonly journalMaxBytes: number;
  readonly deadLetterBytes: number;
  readonly deadLettersMaxBytes: number;
  readonly oldestQueuedSeconds: number;
  readonly store: 'up' | 'down';
  readonly diskUsedBytes: number;
  readonly diskFreeBytes: number;
}

/** What became of all readings: accepted = stored + queued + deadLettered, at every moment and across restarts. */
export class PipelineStatusDto {
  @ApiProperty({ type: 'integer', description: 'Readings that were acknowledged' })
  readonly accepted: number;

  @ApiProperty({ type: 'integer', description: 'Readings that the store has taken' })
  readonly stored: number;

  @ApiProperty({ type: 'integer', description: 'Readings in the journal, on their way to the store' })
  readonly queued: number;

  @ApiProperty({ type: 'integer', description: 'Readings the store refused for good, and not tried again' })
  readonly deadLettered: number;

  @ApiProperty({ type: 'integer', description: 'Readings that a damaged file took; they have left accepted' })
  readonly damaged: number;

  @ApiProperty({
    description: 'Readings that were refused since the start, by error code',
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { INVALID_READING: 2 },
  })
  readonly refused: Readonly<Record<string, number>>;

  @ApiProperty({
    type: 'integer',
    description: 'Readings that rules have not judged yet, as it was noted within about a second',
  })
  readonly unjudged: number;

  @ApiProperty({ type: 'integer', description: 'Bytes of the journal on disk' })
  readonly journalBytes: number;

  @ApiProperty({ type: 'integer', description: 'Bytes beyond which the journal refuses (JOURNAL_MAX_BYTES)' })
  readonly journalMaxBytes: number;

  @ApiProperty({
    type: 'integer',
    description: 'Bytes that dead letters take on disk, those included that are being replayed',
  })
  readonly deadLetterBytes: number;

  @ApiProperty({
    type: 'integer',
    description:
      'Bytes beyond which readings of sensors that have dead letters are refused; of one sensor a tenth (DEAD_LETTERS_MAX_BYTES)',
  })
  readonly deadLettersMaxBytes: number;

  @ApiProperty({
    type: Number,
    description: 'How long the oldest queued reading has waited; 0 when none does',
  })
  readonly oldestQueuedSeconds: number;

  @ApiProperty({ enum: ['up', 'down'] })
  readonly store: 'up' | 'down';

  @ApiProperty({ type: 'integer', description: 'What the files below DATA_DIR take of the disk' })
  readonly diskUsedBytes: number;

  @ApiProperty({ type: 'integer', description: 'What is left on the disk of DATA_DIR' })
  readonly diskFreeBytes: number;

  constructor({ accepted, stored, queued, deadLettered, damaged }: PipelineCounts, rest: Rest) {
    this.accepted = accepted;
    this.stored = stored;
    this.queued = queued;
    this.deadLettered = deadLettered;
    this.damaged = damaged;
    this.refused = rest.refused;
    this.unjudged = rest.unjudged;
    this.journalBytes = rest.journalBytes;
    this.journalMaxBytes = rest.journalMaxBytes;
    this.deadLetterBytes = rest.deadLetterBytes;
    this.deadLettersMaxBytes = rest.deadLettersMaxBytes;
    this.oldestQueuedSeconds = rest.oldestQueuedSeconds;
    this.store = rest.store;
    this.diskUsedBytes = rest.diskUsedBytes;
    this.diskFreeBytes = rest.diskFreeBytes;
  }
}
