import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { toGatewayError } from './to-gateway-error.js';

/** Turns whatever was thrown into the one error shape; the only place that does. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    const report = healthReportOf(thrown);
    if (report) {
      void reply.status(report.status).send(report.body);
      return;
    }
    const error = toGatewayError(thrown, host.switchToHttp().getRequest());
    if (error.code === 'INTERNAL_ERROR') this.logger.error(thrown);
    void reply.status(error.status).headers(error.headers).send(error.body());
  }
}

/** A failed health check is a report and no error: terminus throws it with its own body. */
function healthReportOf(thrown: unknown): { status: number; body: object } | undefined {
  if (!(thrown instanceof HttpException)) return undefined;
  const body = thrown.getResponse();
  return typeof body === 'object' && 'details' in body ? { status: thrown.getStatus(), body } : undefined;
}
