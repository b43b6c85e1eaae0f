import { ApiProperty } from '@nestjs/swagger';

import { VERSION } from '../common/config/version.js';

/** How devices reach this gateway. */
export class ReachabilityDto {
  @ApiProperty({ type: String, example: VERSION })
  readonly version = VERSION;

  @ApiProperty({
    type: Boolean,
    description: 'Whether only programs on the same machine reach it; HOST=0.0.0.0 changes that',
  })
  readonly isLoopbackOnly: boolean;

  @ApiProperty({
    type: [String],
    minItems: 1,
    description:
      'The URLs below which devices find /api/ingest, best first: PUBLIC_URL, that of a trusted proxy, or one for each address of this machine',
    example: ['http://192.168.1.10:8000'],
  })
  readonly urls: readonly string[];

  constructor(urls: readonly string[], isLoopbackOnly: boolean) {
    this.urls = urls;
    this.isLoopbackOnly = isLoopbackOnly;
  }
}
