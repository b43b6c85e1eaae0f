import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

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
  private readonly logger = new Logger(FastPath.name);
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
      if (!this.isOn || !this.tryTake(request, response, application)) application(request, response);
    };
  }

  /** While the gateway stops, the application ends connections. */
  beforeApplicationShutdown(): void {
    this.isOn = false;
  }

  /** An error here would end the gateway: what the application answers then is right in any case. */
  private tryTake(request: IncomingMessage, response: ServerResponse, application: RequestListener): boolean {
    try {
      return this.take(request, response, application);
    } catch (error) {
      this.logger.error(error);
      return response.headersSent;
    }
  }

  private take(request: IncomingMessage, response: ServerResponse, application: RequestListener): boolean {
    const { method, url = '' } = request;
    if (method === 'POST' && url === INGEST && this.readings.take(request, response, application))
      return true;
    if (this.readings.takeBehind(request, response, application)) return true;
    if (method !== 'GET' || !url.startsWith(LATEST)) return false;
    return this.latest.answer(request, response, url.slice(LATEST.length));
  }
}
