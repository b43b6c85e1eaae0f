import { ApiProperty } from '@nestjs/swagger';

import type { PipelineMonitor } from '../pipeline/pipeline-monitor.js';

/** The progress of a drain. */
export class DrainDto {
  @ApiProperty({ type: Boolean, description: 'Whether the gateway refuses readings because of a drain' })
  readonly draining: boolean;

  @ApiProperty({
    type: Boolean,
    description:
      'Whether the journal is empty, too: the store has all accepted readings, and rules have judged them',
  })
  readonly drained: boolean;

  @ApiProperty({ type: 'integer', description: 'Readings in the journal that the store does not have yet' })
  readonly queued: number;

  @ApiProperty({ type: 'integer', description: 'Readings that rules have not judged yet' })
  readonly unjudged: number;

  constructor({ isAccepting, isEmpty, counts, unjudged }: PipelineMonitor) {
    this.draining = !isAccepting;
    this.drained = !isAccepting && isEmpty;
    this.queued = counts.queued;
    this.unjudged = unjudged;
  }
}
