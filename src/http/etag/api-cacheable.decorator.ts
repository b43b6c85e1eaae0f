import { applyDecorators, type Type } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';

type Headers = ApiResponseOptions['headers'];

const ETAG = { ETag: { description: 'Identifies this exact response', schema: { type: 'string' } } };

/**
 * Documents a response that is a Cacheable of an array; answerCacheables() sends it.
 * @param more its further headers
 */
export function ApiCacheable(type: Type, more: Headers = {}): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of an earlier response to the same request; 304 while it is still current',
    }),
    ApiOkResponse({ type: [type], headers: { ...ETAG, ...more } }),
    ApiResponse({
      status: 304,
      description: 'Nothing has changed since the response with that ETag',
      headers: { ...ETAG, ...more },
    }),
  );
}
