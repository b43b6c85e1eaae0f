import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { errorAnswer } from './error-answer.js';
import type { GatewayError } from './gateway-error.js';
import { toGatewayError } from './to-gateway-error.js';

/** Turns every thrown error into an error response; the only place that does. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  /** @param onRefusal called with every error that a route answers with */
  constructor(private readonly onRefusal: (error: GatewayError, request: FastifyRequest) => void) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    const report = healthReportOf(thrown);
    if (report) {
      void reply.status(report.status).send(report.body);
      return;
    }
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const error = toGatewayError(thrown, request);
    if (error.code === 'INTERNAL_ERROR') this.logger.error(thrown, { requestId: request.id });
    else if (error.code === 'JOURNAL_UNAVAILABLE' && error !== thrown)
      this.logger.warn(`${error.detail}: ${(thrown as Error).message}`);
    this.onRefusal(error, request);
    const { status, headers, body } = errorAnswer(error, request.url);
    void reply.status(status).headers(headers).send(body);
  }
}

/** A failed health check is a report, not an error: terminus throws it with its own body. */
function healthReportOf(thrown: unknown): { status: number; body: object } | undefined {
  if (!(thrown instanceof HttpException)) return undefined;
  const body = thrown.getResponse();
  return typeof body === 'object' && 'details' in body ? { status: thrown.getStatus(), body } : undefined;
}
