import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';

import { AboutDto } from './about.dto.js';

/** Documents GET /. */
export function ApiAbout(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getAbout', summary: 'Name, version and where to go from here' }),
    ApiOkResponse({ type: AboutDto }),
  );
}
