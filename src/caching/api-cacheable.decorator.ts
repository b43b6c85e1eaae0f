import { applyDecorators, type Type, UseInterceptors } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse } from '@nestjs/swagger';

import { CacheInterceptor } from './cache.interceptor.js';

const ETAG = { ETag: { description: 'Names this very answer', schema: { type: 'string' } } };

/** Sends an answer that is a Cacheable of an array, and documents it. */
export function ApiCacheable(type: Type): MethodDecorator {
  return applyDecorators(
    UseInterceptors(CacheInterceptor),
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
