import type { Socket } from 'node:net';
import type { ServerResponse } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { FairShare } from '../../common/scheduling/fair-share.js';
import type { RequestChain } from '../../http/hooks/request-chain.js';
import { tryAgain } from '../../common/errors/gateway-error.js';

/** Bytes that all bodies in work may hold together; the parsed values take several times as much memory. */
const MAX_BYTES = 32 << 20;
/** Smaller bodies are not counted: even 10,000 of them fit in memory at once. */
export const SMALL_BYTES = 16 << 10;
const RETRY_AFTER_S = 1;
/** While another sender's body was in work within this time, a sender gets no more than its share. */
const WANTED_MS = 60_000;
/** Of the budget, what one sender can take when it is alone: the first large body of another one finds room at once. */
const MOST_FOR_ONE = 3 / 4;

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for a body that is small for certain. */
    bodyShare: BodyShare | undefined;
  }
}

/** The part of the budget that one request's body uses. */
export interface BodyShare {
  /** @throws GatewayError TOO_BUSY when the budget has no room for these bytes; Error when the client has disconnected */
  take(bytes: number): void;
}

/**
 * Limits the memory of all bodies together, and a share for each sender: a body beyond the limit gets 503 TOO_BUSY. Added after
 * the step that finds the sender.
 */
export function limitBodyMemory(fastify: FastifyInstance, chain: RequestChain, bodyMaxBytes: number): void {
  const budget = new BodyBudget(Math.max(MAX_BYTES, bodyMaxBytes));
  fastify.decorateRequest('bodyShare');
  chain.onRequest((request, reply) => {
    const {
      'content-length': length = 0,
      'transfer-encoding': transfer,
      'content-encoding': coding,
    } = request.headers;
    if (Number(length) > SMALL_BYTES || transfer !== undefined || coding !== undefined)
      request.bodyShare = budget.open(request.principal.holder, reply.raw, request.raw.socket);
    return undefined;
  });
}

class BodyBudget {
  private readonly share = new FairShare(undefined, WANTED_MS);
  /** For each connection, the functions that release what its unanswered requests hold. */
  private readonly releases = new WeakMap<Socket, Set<() => void>>();

  constructor(private readonly maxBytes: number) {}

  /** Opens a share that is released when the response or the connection closes. */
  open(holder: string, answer: ServerResponse, socket: Socket): BodyShare {
    const releases = this.releasesOf(socket);
    let heldBytes = 0;
    let countedBytes = 0;
    let isOver = false;
    const release = (): void => {
      isOver = true;
      this.share.release(holder, countedBytes);
      countedBytes = 0;
      releases.delete(release);
    };
    releases.add(release);
    answer.once('close', release);
    return {
      take: (bytes) => {
        // Nobody waits for the answer: free the body, and do no more work on it.
        if (isOver) throw new Error('The client has disconnected');
        heldBytes += bytes;
        if (heldBytes <= SMALL_BYTES) return;
        const more = heldBytes - countedBytes;
        this.share.recordUse(holder);
        if (!this.hasRoom(holder, more, this.share.heldBy(holder) > countedBytes)) throw tooBusy();
        this.share.take(holder, more);
        countedBytes = heldBytes;
      },
    };
  }

  /** @param hasOthers whether the sender has other bodies in work: a single one may be as large as there is room */
  private hasRoom(holder: string, bytes: number, hasOthers: boolean): boolean {
    const free = this.maxBytes - this.share.total;
    if (!hasOthers) return bytes <= free;
    const isFair = this.share.whyNot(holder, bytes, free) === undefined;
    return isFair && this.share.heldBy(holder) + bytes <= this.maxBytes * MOST_FOR_ONE;
  }

  /** A response that waits behind an earlier one on its connection never closes when the client disconnects. */
  private releasesOf(socket: Socket): Set<() => void> {
    const known = this.releases.get(socket);
    if (known) return known;
    const releases = new Set<() => void>();
    this.releases.set(socket, releases);
    socket.once('close', () => {
      for (const release of releases) release();
    });
    return releases;
  }
}

function tooBusy(): Error {
  const detail = 'Too many large bodies are being read; send this one again later';
  return tryAgain('TOO_BUSY', detail, RETRY_AFTER_S);
}
