import { applyDecorators, type Type } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse } from '@nestjs/swagger';

const ETAG = { ETag: { description: 'Identifies this exact response', schema: { type: 'string' } } };

/** Documents a response that is a Cacheable of an array; answerCacheables() sends it. */
export function ApiCacheable(type: Type): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of an earlier response to the same request; 304 while it is still current',
    }),
    ApiOkResponse({ type: [type], headers: ETAG }),
    ApiResponse({
      status: 304,
      description: 'Nothing has changed since the response with that ETag',
      headers: ETAG,
    }),
  );
}
