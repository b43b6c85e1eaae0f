import type { Socket } from 'node:net';
import type { ServerResponse } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { tryAgain } from '../../common/errors/gateway-error.js';

/** Bodies that are being read or worked on may hold so many bytes together; what is made of them takes some times that. */
const MAX_BYTES = 32 << 20;
/** Smaller ones are not counted: even 10,000 of them at once fit. */
export const SMALL_BYTES = 16 << 10;
const RETRY_AFTER_S = 1;

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for a body that is small for certain. */
    bodyShare: BodyShare | undefined;
  }
}

/** What the body of one request holds of the budget for all. */
export interface BodyShare {
  /** @throws GatewayError TOO_BUSY while there is no room for that much more; Error when the client has gone */
  take(bytes: number): void;
}

/** Bounds what all bodies together hold: beyond it they are refused with 503 TOO_BUSY. */
export function limitBodyMemory(fastify: FastifyInstance, bodyMaxBytes: number): void {
  const budget = new BodyBudget(Math.max(MAX_BYTES, bodyMaxBytes));
  fastify.decorateRequest('bodyShare');
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const {
      'content-length': length = 0,
      'transfer-encoding': transfer,
      'content-encoding': coding,
    } = request.headers;
    if (Number(length) > SMALL_BYTES || transfer !== undefined || coding !== undefined)
      request.bodyShare = budget.open(reply.raw, request.raw.socket);
    done(null, payload);
  });
}

class BodyBudget {
  private takenBytes = 0;
  /** Gives back what is held by the requests of a connection that are not answered yet. */
  private readonly releases = new WeakMap<Socket, Set<() => void>>();

  constructor(private readonly maxBytes: number) {}

  /** A share that is given back when the answer is closed, or the connection is. */
  open(answer: ServerResponse, socket: Socket): BodyShare {
    const releases = this.releasesOf(socket);
    let heldBytes = 0;
    let countedBytes = 0;
    let isOver = false;
    const release = (): void => {
      isOver = true;
      this.takenBytes -= countedBytes;
      countedBytes = 0;
      releases.delete(release);
    };
    releases.add(release);
    answer.once('close', release);
    return {
      take: (bytes) => {
        // Nobody waits for the answer: what is held of the body is let go, and nothing more is made of it.
        if (isOver) throw new Error('The client has gone');
        heldBytes += bytes;
        if (heldBytes <= SMALL_BYTES) return;
        const more = heldBytes - countedBytes;
        if (this.takenBytes + more > this.maxBytes) throw tooBusy();
        this.takenBytes += more;
        countedBytes = heldBytes;
      },
    };
  }

  /** An answer that waits for an earlier one on its connection is never closed when the client goes. */
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
