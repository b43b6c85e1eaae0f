import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

import type { RequestChain } from '../http/hooks/request-chain.js';
import type { Observe } from './bound-histogram.js';
import { Metrics } from './metrics.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** When it arrived, by performance.now(). */
    begunMs: number;
  }
}

/** All other methods share one label: Node knows some thirty, and nobody needs them here. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const UNKNOWN_ROUTE = 'unknown';
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type ByStatusClass = (Observe | undefined)[];

/**
 * How long requests take, by the pattern of the route and never by the URL that was sent: a label for each sensor would
 * be too much for any Prometheus. The time ends when the response begins. Until its end, a stream would count for hours and
 * an export for as long as its client reads, and neither says how fast the gateway is.
 */
@Injectable()
export class HttpMetrics {
  private readonly makeObserver: (...labels: readonly string[]) => Observe;
  /** By route, then by method: every request looks here, so it builds no key. */
  private readonly routes = new Map<string, Map<string, ByStatusClass>>();

  constructor(metrics: Metrics) {
    this.makeObserver = metrics.histogram(
      'http_request_duration_seconds',
      'Time from the request line to the first byte of the response, by route, method and class of status.',
      BUCKETS_S,
      ['route', 'method', 'status'],
    );
  }

  /** Measures every request, also those refused before they reach a route. */
  watch(fastify: FastifyInstance, chain: RequestChain): void {
    fastify.decorateRequest('begunMs', 0);
    chain.onRequest((request) => {
      request.begunMs = performance.now();
      return undefined;
    });
    chain.onSend(({ method, begunMs }, reply, _payload, { url = UNKNOWN_ROUTE }) => {
      // A request whose URL cannot be read is refused before the step above, at once.
      const tookMs = begunMs === 0 ? 0 : performance.now() - begunMs;
      this.count(url, method, reply.statusCode, tookMs / 1000);
    });
  }

  /** Counts an answered request. @param route the pattern of its route */
  count(route: string, method: string, status: number, seconds: number): void {
    this.observerOf(route, method, Math.floor(status / 100))(seconds);
  }

  private observerOf(route: string, sentMethod: string, statusClass: number): Observe {
    const method = METHODS.includes(sentMethod) ? sentMethod : 'other';
    const byClass = this.routes.get(route)?.get(method) ?? this.add(route, method);
    return (byClass[statusClass] ??= this.makeObserver(
      route.replace(/:(\w+)/g, '{$1}'),
      method,
      `${statusClass}xx`,
    ));
  }

  private add(route: string, method: string): ByStatusClass {
    const methods = this.routes.get(route) ?? new Map<string, ByStatusClass>();
    const byClass: ByStatusClass = [];
    this.routes.set(route, methods.set(method, byClass));
    return byClass;
  }
}
