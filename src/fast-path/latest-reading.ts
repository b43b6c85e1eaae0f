import type { IncomingMessage, ServerResponse } from 'node:http';

import { Injectable } from '@nestjs/common';

import { LatestService } from '../latest/latest.service.js';
import { HttpMetrics } from '../metrics/http-metrics.js';
import { PlainAnswers } from './plain-answers.js';
import { readPlain } from './plain-request.js';
import { PlainSenders } from './plain-senders.js';

/** Names that stand for themselves in a URL. */
const PLAIN_NAME = /^[\w.~-]+$/;

/** Answers GET /api/latest/{sensorId} for sensors that memory knows. */
@Injectable()
export class LatestReading {
  constructor(
    private readonly latest: LatestService,
    private readonly senders: PlainSenders,
    private readonly answers: PlainAnswers,
    private readonly metrics: HttpMetrics,
  ) {}

  /** @returns false when the application must answer it */
  answer(request: IncomingMessage, response: ServerResponse, sensorId: string): boolean {
    const begunMs = performance.now();
    if (!PLAIN_NAME.test(sensorId)) return false;
    const plain = readPlain(request.rawHeaders);
    if (!plain || plain.contentLength !== undefined || !this.senders.find(request, plain, 'reader'))
      return false;
    const json = this.latest.knownAsJson(sensorId);
    if (json === undefined) return false;
    this.metrics.count('/api/latest/:sensorId', 'GET', 200, (performance.now() - begunMs) / 1000);
    this.answers.send(response, 200, json);
    return true;
  }
}
