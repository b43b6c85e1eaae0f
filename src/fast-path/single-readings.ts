import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { Injectable, Logger } from '@nestjs/common';

import type { Principal } from '../auth/principal.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { parsePlainReading } from '../ingest/body/plain-batch.js';
import { checkReading } from '../ingest/check-reading.js';
import { ingestedJson } from '../ingest/ingested.dto.js';
import { IngestService } from '../ingest/ingest.service.js';
import { SentTimes } from '../ingest/sent-times.js';
import type { NewReading, Reading } from '../model/reading.js';
import { HttpMetrics } from '../metrics/http-metrics.js';
import { PlainAnswers } from './plain-answers.js';
import { PlainSenders } from './plain-senders.js';
import { readPlain } from './plain-request.js';

/** A reading has some 100 bytes; with the longest names, all escaped, some 3,000. */
const MAX_BYTES = 4 << 10;
/** Requests that are accepted together at most: this takes some milliseconds. */
const MAX_TOGETHER = 1_000;
const JSON_TYPES = new Set<string | undefined>(['application/json', 'application/json; charset=utf-8']);

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly application: RequestListener;
  /** Undefined for a request that the application answers in any case. */
  readonly principal: Principal | undefined;
  /** Of the body. */
  readonly length: number;
  readonly begunMs: number;
  body: Buffer | null;
}

/**
 * Accepts single readings. All that arrive in one turn of the event loop are accepted together, as one batch of their sender:
 * one decision, one entry in the journal, one promise.
 */
@Injectable()
export class SingleReadings {
  private readonly logger = new Logger(SingleReadings.name);
  private readonly maxBytes: number;
  private waiting: Waiting[] = [];
  /** The connections of those that wait. */
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly ingest: IngestService,
    private readonly senders: PlainSenders,
    private readonly answers: PlainAnswers,
    private readonly metrics: HttpMetrics,
    { server }: GatewayConfig,
  ) {
    this.maxBytes = Math.min(MAX_BYTES, server.bodyMaxBytes);
  }

  /** @returns false when the request holds something unusual: then nothing of it was read, and the application must answer it */
  take(request: IncomingMessage, response: ServerResponse, application: RequestListener): boolean {
    const plain = readPlain(request.rawHeaders);
    if (!plain || !JSON_TYPES.has(plain.contentType)) return false;
    const length = Number(plain.contentLength);
    if (!(length > 0 && length <= this.maxBytes)) return false;
    const principal = this.senders.find(request, plain, 'device');
    if (!principal) return false;
    // The body usually arrives with the head, and is whole once the input of this turn was read.
    if (this.waiting.length === 0) setImmediate(this.acceptWaiting);
    const begunMs = performance.now();
    this.waiting.push({ request, response, application, principal, length, begunMs, body: null });
    this.sockets.add(request.socket);
    if (this.waiting.length === MAX_TOGETHER) this.acceptWaiting();
    return true;
  }

  /**
   * Lets another request of a connection wait for the readings before it: a device may send the next request without waiting
   * for an answer, and must find what it sent first.
   * @returns false when none wait; then the request can be answered now
   */
  takeBehind(request: IncomingMessage, response: ServerResponse, application: RequestListener): boolean {
    if (!this.sockets.has(request.socket)) return false;
    this.waiting.push({
      request,
      response,
      application,
      principal: undefined,
      length: 0,
      begunMs: 0,
      body: null,
    });
    return true;
  }

  private readonly acceptWaiting = (): void => {
    const taken = this.waiting;
    this.waiting = [];
    this.sockets.clear();
    const bySender = new Map<Principal, Group>();
    const handedOver: Waiting[] = [];
    // Nothing on these connections may overtake what the application answers.
    const sockets = new Set<Socket>();
    for (const one of taken) {
      const { principal, request } = one;
      const reading = principal && !sockets.has(request.socket) ? this.read(one) : undefined;
      if (!principal || !reading) {
        sockets.add(request.socket);
        handedOver.push(one);
        continue;
      }
      let group = bySender.get(principal);
      if (!group) bySender.set(principal, (group = { sent: [], readings: [] }));
      group.sent.push(one);
      group.readings.push(reading);
    }
    for (const [principal, group] of bySender) void this.acceptTogether(group, principal);
    for (const one of handedOver) this.handOver(one);
  };

  /** @returns undefined when the application has to read it: the body is not whole, no JSON, or no reading */
  private read(sent: Waiting): NewReading | undefined {
    const { request, length } = sent;
    if (!request.complete || request.readableLength !== length) return undefined;
    sent.body = request.read(length) as Buffer | null;
    if (!sent.body || !isUtf8(sent.body)) return undefined;
    const plain = parsePlainReading(sent.body);
    if (plain) return plain;
    try {
      const reading = checkReading(JSON.parse(sent.body.toString()), new SentTimes('ms'), false);
      return 'sensorId' in reading ? reading : undefined;
    } catch {
      return undefined;
    }
  }

  private async acceptTogether({ sent, readings }: Group, principal: Principal): Promise<void> {
    const accepted = await this.ingest.acceptTogether(readings, principal).catch(() => []);
    let next = 0;
    sent.forEach((one, index) => {
      const reading = accepted[next];
      if (reading !== undefined && reading === readings[index]) {
        next += 1;
        this.tryAnswer(one, reading);
      } else {
        this.handOver(one);
      }
    });
  }

  /** An error here must cost one client its answer, and not the gateway. */
  private tryAnswer(sent: Waiting, reading: Reading): void {
    try {
      this.answer(sent, reading);
    } catch (error) {
      this.logger.error(error);
      sent.response.destroy();
    }
  }

  private answer({ request, response, begunMs }: Waiting, reading: Reading): void {
    // Ends the request for Node: its body was read to the last byte.
    request.read();
    this.metrics.count('/api/ingest', 'POST', 201, (performance.now() - begunMs) / 1000);
    this.answers.send(response, 201, ingestedJson(reading));
  }

  /** Nothing of it was kept: the application accepts it by itself, or says what is wrong. */
  private handOver({ request, response, application, body }: Waiting): void {
    if (body) request.unshift(body);
    application(request, response);
  }
}

/** Requests of one sender, and the reading of each. */
interface Group {
  readonly sent: Waiting[];
  readonly readings: NewReading[];
}
