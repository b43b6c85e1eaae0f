import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';

/** Prometheus' text format, version 0.0.4. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Documents GET /metrics. */
export function ApiMetrics(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'All metrics of the gateway, for Prometheus',
      description:
        'docs/operations.md lists them. They come from memory, so this works with the store down, too.',
    }),
    ApiOkResponse({ content: { [METRICS_TYPE]: { schema: { type: 'string' } } } }),
  );
}
