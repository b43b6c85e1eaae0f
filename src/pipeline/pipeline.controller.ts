import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { PipelineStatusDto } from './pipeline-status.dto.js';
import { PipelineService } from './pipeline.service.js';

@ApiTags('pipeline')
@Controller('api/pipeline')
export class PipelineController {
  constructor(private readonly pipelineService: PipelineService) {}

  /** The state of all readings. */
  @Get()
  @Auth('reader')
  @ApiOperation({
    operationId: 'getPipeline',
    summary: 'The state of all readings: accepted = stored + queued + deadLettered',
  })
  @ApiOkResponse({ type: PipelineStatusDto })
  status(): Promise<PipelineStatusDto> {
    return this.pipelineService.status();
  }
}
