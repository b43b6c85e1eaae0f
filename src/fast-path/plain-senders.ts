import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { Injectable } from '@nestjs/common';

import { AuthHook } from '../auth/auth-hook.js';
import type { Role } from '../auth/key.js';
import type { Principal } from '../auth/principal.js';
import { sentKey } from '../auth/sent-key.js';
import { clientNetworkOf } from '../http/server/client-network.js';
import type { PlainRequest } from './plain-request.js';

/** Finds out who sent a plain request. */
@Injectable()
export class PlainSenders {
  /** Of each connection: to find it out takes longer than all the rest. */
  private readonly networks = new WeakMap<Socket, string>();

  constructor(private readonly auth: AuthHook) {}

  /**
   * @returns the same for all requests of a sender; undefined when the application has to decide whether the sender may do
   *   this, and to say why not
   */
  find(
    { socket, httpVersionMinor }: IncomingMessage,
    { host, authorization, apiKey }: PlainRequest,
    role: Role,
  ): Principal | undefined {
    if (httpVersionMinor !== 1) return undefined;
    let network = this.networks.get(socket);
    if (network === undefined) {
      network = clientNetworkOf(socket.remoteAddress ?? '');
      this.networks.set(socket, network);
    }
    const isKeyless = authorization === undefined && apiKey === undefined;
    const secret = isKeyless ? undefined : sentKey({ authorization, 'x-api-key': apiKey });
    return this.auth.admitPlain(secret, host, network, role);
  }
}
