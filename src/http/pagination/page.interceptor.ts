import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

import { GatewayConfig } from '../../common/config/gateway-config.js';
import { Linked } from './linked.js';
import { publicPrefix } from './public-prefix.js';

/** Sends the body of a Linked response, and the URL of the next part in a Link header (RFC 8288). */
@Injectable()
export class PageInterceptor implements NestInterceptor {
  constructor(private readonly config: GatewayConfig) {}

  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(
      map((answer: unknown): unknown => {
        if (!(answer instanceof Linked)) return answer;
        if (answer.next) {
          const request = context.switchToHttp().getRequest<FastifyRequest>();
          const reply = context.switchToHttp().getResponse<FastifyReply>();
          const [path = ''] = request.url.split('?');
          const url = `${publicPrefix(request, this.config.server)}${path}`;
          reply.header('Link', `<${url}?${new URLSearchParams(answer.next).toString()}>; rel="next"`);
        }
        return answer.body;
      }),
    );
  }
}
