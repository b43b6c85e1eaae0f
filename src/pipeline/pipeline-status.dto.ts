import { ApiProperty } from '@nestjs/swagger';

import type { PipelineCounts } from './pipeline-counters.js';

/** Numbers that the pipeline itself does not count. */
interface Gauges {
  readonly refused: Readonly<Record<string, number>>;
  readonly unjudged: number;
  readonly pendingDeletions: number;
  readonly journalBytes: number;
  readonly journalMaxBytes: number;
  readonly deadLetterBytes: number;
  readonly deadLettersMaxBytes: number;
  readonly oldestQueuedSeconds: number;
  readonly store: 'up' | 'down';
  readonly loading: boolean;
  readonly diskUsedBytes: number;
  readonly diskFreeBytes: number;
}

/** The state of all readings: accepted = stored + queued + deadLettered, at every moment and across restarts. */
export class PipelineStatusDto {
  @ApiProperty({ type: 'integer', description: 'Readings that were acknowledged' })
  readonly accepted: number;

  @ApiProperty({ type: 'integer', description: 'Readings that the store has taken' })
  readonly stored: number;

  @ApiProperty({ type: 'integer', description: 'Readings in the journal, on their way to the store' })
  readonly queued: number;

  @ApiProperty({
    type: 'integer',
    description: 'Readings that the store refused for good and that were not replayed',
  })
  readonly deadLettered: number;

  @ApiProperty({
    type: 'integer',
    description: 'Readings that were lost with a damaged file; accepted no longer counts them',
  })
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
    description: 'Readings that rules have not judged yet, about a second old',
  })
  readonly unjudged: number;

  @ApiProperty({ type: 'integer', description: 'Deletions that were accepted and are not done yet' })
  readonly pendingDeletions: number;

  @ApiProperty({ type: 'integer', description: 'Bytes of the journal on disk' })
  readonly journalBytes: number;

  @ApiProperty({ type: 'integer', description: 'Bytes beyond which the journal refuses (JOURNAL_MAX_BYTES)' })
  readonly journalMaxBytes: number;

  @ApiProperty({
    type: 'integer',
    description: 'Bytes that dead letters take on disk, including those that are being replayed',
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

  @ApiProperty({
    type: Boolean,
    description:
      'Whether the latest readings that the store held before this gateway came are still being loaded: until then, sensors are missing from /api/latest and /api/sensors',
  })
  readonly loading: boolean;

  @ApiProperty({ type: 'integer', description: 'Bytes of the files below DATA_DIR' })
  readonly diskUsedBytes: number;

  @ApiProperty({ type: 'integer', description: 'Bytes that are free on the disk of DATA_DIR' })
  readonly diskFreeBytes: number;

  constructor({ accepted, stored, queued, deadLettered, damaged }: PipelineCounts, gauges: Gauges) {
    this.accepted = accepted;
    this.stored = stored;
    this.queued = queued;
    this.deadLettered = deadLettered;
    this.damaged = damaged;
    this.refused = gauges.refused;
    this.unjudged = gauges.unjudged;
    this.pendingDeletions = gauges.pendingDeletions;
    this.journalBytes = gauges.journalBytes;
    this.journalMaxBytes = gauges.journalMaxBytes;
    this.deadLetterBytes = gauges.deadLetterBytes;
    this.deadLettersMaxBytes = gauges.deadLettersMaxBytes;
    this.oldestQueuedSeconds = gauges.oldestQueuedSeconds;
    this.store = gauges.store;
    this.loading = gauges.loading;
    this.diskUsedBytes = gauges.diskUsedBytes;
    this.diskFreeBytes = gauges.diskFreeBytes;
  }
}
