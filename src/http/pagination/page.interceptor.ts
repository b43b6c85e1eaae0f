import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

import { Linked } from './linked.js';

/** Sends the body of a Linked response, and the URL of the next part in a Link header (RFC 8288). */
@Injectable()
export class PageInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(
      map((answer: unknown): unknown => {
        if (!(answer instanceof Linked)) return answer;
        if (answer.next) {
          const request = context.switchToHttp().getRequest<FastifyRequest>();
          const reply = context.switchToHttp().getResponse<FastifyReply>();
          const [path = ''] = request.url.split('?');
          reply.header('Link', `<${path}?${new URLSearchParams(answer.next).toString()}>; rel="next"`);
        }
        return answer.body;
      }),
    );
  }
}
