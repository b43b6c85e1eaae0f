import type { ServerResponse } from 'node:http';

import { Injectable } from '@nestjs/common';

import { KeyRing, type Credential } from './key-ring.js';

/** How often the gateway checks whether keys have expired. */
const POLL_INTERVAL_MS = 1_000;

/** Ends streams and exports whose key is no longer valid, or that began without a key before the first key was made. */
@Injectable()
export class OpenResponses {
  private readonly responses = new Map<ServerResponse, Credential | undefined>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ring: KeyRing) {}

  start(): void {
    const endInvalid = (): void => {
      for (const [response, credential] of this.responses)
        if (!this.isAllowed(credential)) response.destroy();
    };
    this.ring.onChange(endInvalid);
    this.timer = setInterval(endInvalid, POLL_INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Watches a response until it ends. @param credential undefined when the request needed no key */
  add(response: ServerResponse, credential: Credential | undefined): void {
    this.responses.set(response, credential);
    response.once('close', () => this.responses.delete(response));
    // The keys may have changed since the request was admitted.
    if (!this.isAllowed(credential)) response.destroy();
  }

  private isAllowed(credential: Credential | undefined): boolean {
    return credential ? this.ring.isValid(credential) : !this.ring.isProtected;
  }
}
