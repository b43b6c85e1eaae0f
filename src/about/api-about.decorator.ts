import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { AboutDto } from './about.dto.js';
import { ReachabilityDto } from './reachability.dto.js';

/** Documents GET /. */
export function ApiAbout(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getAbout', summary: 'Name, version and where to go from here' }),
    ApiOkResponse({ type: AboutDto }),
  );
}

/** Documents GET /api/about. */
export function ApiReachability(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getReachability',
      summary: 'By which URLs devices reach this gateway, and its version',
    }),
    ApiOkResponse({ type: ReachabilityDto }),
  );
}
