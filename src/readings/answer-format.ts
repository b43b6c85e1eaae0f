import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';

import { addVary } from '../http/hooks/vary.js';

const FORMATS = {
  'application/json': 'json',
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
} as const;

/** How history is written: a JSON array at once, or a file that is streamed. */
export type AnswerFormat = (typeof FORMATS)[keyof typeof FORMATS];

/** A parameter with the format that the client prefers; JSON when it asks for none of ours. */
export const Format = createParamDecorator((_: unknown, context: ExecutionContext): AnswerFormat =>
  preferredFormat(context.switchToHttp().getRequest<FastifyRequest>().headers.accept),
);

/** Reads an Accept header (RFC 9110, 12.5.1); of formats with equal quality the first counts. */
export function preferredFormat(accept = ''): AnswerFormat {
  let best: AnswerFormat = 'json';
  let bestQuality = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (!(type in FORMATS) || !(quality > bestQuality)) continue;
    best = FORMATS[type as keyof typeof FORMATS];
    bestQuality = quality;
  }
  return best;
}

/** Tells caches that the answer depends on Accept. */
@Injectable()
export class VaryByAccept implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    addVary(reply, 'Accept');
    return handler.handle();
  }
}

/** Sends the headers of a streamed answer with its start: its first bytes may take longer than a proxy waits. */
@Injectable()
export class EarlyHeaders implements NestInterceptor {
  intercept(context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    raw.once('pipe', () => {
      raw.flushHeaders();
    });
    return handler.handle();
  }
}
