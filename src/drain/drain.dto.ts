import { ApiProperty } from '@nestjs/swagger';

import type { PipelineMonitor } from '../pipeline/pipeline-monitor.js';

/** How far the gateway is drained. */
export class DrainDto {
  @ApiProperty({ type: Boolean, description: 'Whether it accepts no readings' })
  readonly draining: boolean;

  @ApiProperty({
    type: Boolean,
    description:
      'Whether the journal is empty, too: the store has all that was accepted, and rules have judged it',
  })
  readonly drained: boolean;

  @ApiProperty({ type: 'integer', description: 'Readings in the journal, on their way to the store' })
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
