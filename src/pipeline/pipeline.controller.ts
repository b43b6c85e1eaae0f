import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiPipelineStatus } from './api-pipeline.decorator.js';
import type { PipelineStatusDto } from './pipeline-status.dto.js';
import { PipelineService } from './pipeline.service.js';

@ApiTags('pipeline')
@Controller('api/pipeline')
export class PipelineController {
  constructor(private readonly pipelineService: PipelineService) {}

  /** The state of all readings. */
  @Get()
  @Auth('reader')
  @ApiPipelineStatus()
  status(): Promise<PipelineStatusDto> {
    return this.pipelineService.status();
  }
}
