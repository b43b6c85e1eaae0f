import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { currentTracing } from '../common/tracing/trace.js';
import { LatestReading } from './latest-reading.js';
import { SingleReadings } from './single-readings.js';

const INGEST = '/api/ingest';
const LATEST = '/api/latest/';

/**
 * Answers the two requests that come by the ten thousand, a single reading and a sensor's latest, where they hold nothing
 * unusual. Everything else, also at the first surprise, is left as it is to the application, whose answers and errors
 * stay the only ones. docs/decisions/fast-path.md says why.
 */
@Injectable()
export class FastPath implements BeforeApplicationShutdown {
  /** The application writes a span and a log line for each request, where they are wanted. */
  private isOn: boolean;

  constructor(
    private readonly readings: SingleReadings,
    private readonly latest: LatestReading,
    { logging }: GatewayConfig,
  ) {
    this.isOn = currentTracing() === undefined && logging.level !== 'debug' && logging.level !== 'trace';
  }

  /** @param application answers all other requests */
  before(application: RequestListener): RequestListener {
    return (request, response) => {
      if (!this.isOn || !this.take(request, response, application)) application(request, response);
    };
  }

  /** While the gateway stops, the application ends connections. */
  beforeApplicationShutdown(): void {
    this.isOn = false;
  }

  private take(request: IncomingMessage, response: ServerResponse, application: RequestListener): boolean {
    const { method, url = '' } = request;
    if (method === 'POST') return url === INGEST && this.readings.take(request, response, application);
    return (
      method === 'GET' &&
      url.startsWith(LATEST) &&
      this.latest.answer(request, response, url.slice(LATEST.length))
    );
  }
}
