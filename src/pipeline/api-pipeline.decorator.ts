import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { PipelineStatusDto } from './pipeline-status.dto.js';

/** Documents GET /api/pipeline. */
export function ApiPipelineStatus(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getPipeline',
      summary: 'The state of all readings: accepted = stored + queued + deadLettered',
    }),
    ApiOkResponse({ type: PipelineStatusDto }),
  );
}
