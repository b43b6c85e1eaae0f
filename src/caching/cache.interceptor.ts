import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

import { Cacheable, NOT_MODIFIED } from './cacheable.js';
import { encodingFor } from './encoding.js';

/** Sends a Cacheable with a strong ETag, or 304 to a client that has it (RFC 9110, 13.1.2). */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(
      map((answer: unknown): unknown => {
        if (!(answer instanceof Cacheable)) return answer;
        const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
        const reply = context.switchToHttp().getResponse<FastifyReply>();
        // A strong tag names the very bytes, and those differ with the encoding.
        const etag = `"${answer.tag}-${encodingFor(headers['accept-encoding'])}"`;
        reply.header('ETag', etag);
        reply.header('Cache-Control', 'private, no-cache');
        reply.header('Vary', [reply.getHeader('Vary') ?? [], 'accept-encoding'].flat().join(', '));
        if (isListed(etag, headers['if-none-match'])) throw NOT_MODIFIED;
        reply.header('Content-Type', 'application/json; charset=utf-8');
        return answer.body();
      }),
    );
  }
}

/** Compared weakly, as If-None-Match is: a proxy may have made a weak tag of ours. */
function isListed(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
