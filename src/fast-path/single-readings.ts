import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { Injectable } from '@nestjs/common';

import type { Principal } from '../auth/principal.js';
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
  readonly principal: Principal;
  readonly length: number;
  readonly begunMs: number;
}

/** One request, and what it sent. */
interface Sent extends Waiting {
  readonly body: Buffer;
  readonly reading: NewReading;
}

/**
 * Accepts single readings. All that arrive in one turn of the event loop are accepted together, as one batch of their sender:
 * one decision, one entry in the journal, one promise.
 */
@Injectable()
export class SingleReadings {
  private readonly sentTimes = new SentTimes('ms');
  private waiting: Waiting[] = [];

  constructor(
    private readonly ingest: IngestService,
    private readonly senders: PlainSenders,
    private readonly answers: PlainAnswers,
    private readonly metrics: HttpMetrics,
  ) {}

  /** @returns false when the request holds something unusual: then nothing of it was read, and the application must answer it */
  take(request: IncomingMessage, response: ServerResponse, application: RequestListener): boolean {
    const plain = readPlain(request.rawHeaders);
    const length = plain?.contentLength ?? 0;
    if (!plain || !JSON_TYPES.has(plain.contentType) || !(length > 0 && length <= MAX_BYTES)) return false;
    const principal = this.senders.find(request, plain, 'device');
    if (!principal) return false;
    // The body usually arrives with the head, and is whole once this turn's input was read.
    if (this.waiting.length === 0) setImmediate(() => this.acceptWaiting());
    this.waiting.push({ request, response, application, principal, length, begunMs: performance.now() });
    return true;
  }

  private acceptWaiting(): void {
    const taken = this.waiting.splice(0, MAX_TOGETHER);
    if (this.waiting.length > 0) setImmediate(() => this.acceptWaiting());
    const bySender = new Map<string, Sent[]>();
    for (const one of taken) {
      const sent = this.read(one);
      if (!sent) continue;
      const { keyId, holder } = one.principal;
      const sender = keyId ?? holder;
      const all = bySender.get(sender);
      if (all) all.push(sent);
      else bySender.set(sender, [sent]);
    }
    for (const all of bySender.values()) void this.acceptTogether(all);
  }

  /** @returns undefined when the application answers the request instead */
  private read(one: Waiting): Sent | undefined {
    const { request, response, application, length } = one;
    const body =
      request.complete && request.readableLength === length ? (request.read(length) as Buffer | null) : null;
    const record = body && isUtf8(body) ? parsed(body) : undefined;
    const reading = record === undefined ? undefined : checkReading(record, this.sentTimes, false);
    if (body && reading && 'sensorId' in reading) return { ...one, body, reading };
    if (body) request.unshift(body);
    application(request, response);
    return undefined;
  }

  private async acceptTogether(all: readonly Sent[]): Promise<void> {
    const [first] = all;
    if (!first) return;
    const readings = await this.ingest
      .acceptAll(
        all.map(({ reading }) => reading),
        first.principal,
      )
      .catch(() => undefined);
    all.forEach((sent, index) => {
      const reading = readings?.[index];
      if (reading) this.answer(sent, reading);
      else this.handOver(sent);
    });
  }

  private answer({ request, response, begunMs }: Sent, reading: Reading): void {
    // Ends the request for Node: its body was read to the last byte.
    request.read();
    this.metrics.count('/api/ingest', 'POST', 201, (performance.now() - begunMs) / 1000);
    this.answers.send(response, 201, ingestedJson(reading));
  }

  /** Nothing of it was kept: the application accepts it by itself, or says what is wrong. */
  private handOver({ request, response, application, body }: Sent): void {
    request.unshift(body);
    application(request, response);
  }
}

/** @returns undefined when it is not JSON */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
