import {
  type CallHandler,
  type ExecutionContext,
  HttpStatus,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';

import type { DeletionDto } from './deletion.dto.js';

/** Answers 200 when a deletion is done, and 202 when it is not done yet. */
@Injectable()
export class DeletionStatusInterceptor implements NestInterceptor<DeletionDto, DeletionDto> {
  intercept(context: ExecutionContext, handler: CallHandler<DeletionDto>): Observable<DeletionDto> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return handler.handle().pipe(
      map((deletion) => {
        void reply.status(deletion.done ? HttpStatus.OK : HttpStatus.ACCEPTED);
        return deletion;
      }),
    );
  }
}
