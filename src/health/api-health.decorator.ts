import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { HealthCheck } from '@nestjs/terminus';

import { AliveDto } from './alive.dto.js';

export function ApiAlive(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Shows that the gateway responds; depends on nothing else' }),
    ApiOkResponse({ type: AliveDto }),
  );
}

export function ApiLive(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Liveness: the event loop responds' }),
    HealthCheck({ swaggerDocumentation: true }),
  );
}

export function ApiReady(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Readiness: recovery is complete, and the gateway is neither draining nor shutting down',
      description:
        'A store that is down, or a full journal, is reported as degraded. Only admins see reasons and counts.',
    }),
    HealthCheck({ swaggerDocumentation: true }),
  );
}

export function ApiStartup(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Startup: the configuration is read, and the data on disk are recovered' }),
    HealthCheck({ swaggerDocumentation: true }),
  );
}
