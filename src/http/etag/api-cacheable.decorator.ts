import { applyDecorators, type Type } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse } from '@nestjs/swagger';

const ETAG = { ETag: { description: 'Names this very answer', schema: { type: 'string' } } };

/** Documents an answer that is a Cacheable of an array; answerCacheables() sends it. */
export function ApiCacheable(type: Type): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of an earlier answer to the same request; 304 while it stands',
    }),
    ApiOkResponse({ type: [type], headers: ETAG }),
    ApiResponse({
      status: 304,
      description: 'Nothing has changed since the answer with that ETag',
      headers: ETAG,
    }),
  );
}
