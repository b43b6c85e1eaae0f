import type { ServerResponse } from 'node:http';

import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { newRequestId, REQUEST_ID_HEADER } from '../common/logging/request-id.js';
import { dataHeaders } from '../http/server/security-headers.js';

const ID_HEADER = REQUEST_ID_HEADER.toLowerCase();

/** Writes answers in JSON with the headers that the application would send, which are the same for all of them. */
@Injectable()
export class PlainAnswers implements BeforeApplicationShutdown {
  private readonly always: string[];

  constructor({ server }: GatewayConfig) {
    this.always = [
      ...Object.entries(dataHeaders(server.tlsCert !== '')).flatMap(([name, value]) => [
        name.toLowerCase(),
        value,
      ]),
      ...['content-type', 'application/json; charset=utf-8'],
    ];
  }

  /** A connection that stays open would delay the shutdown. */
  beforeApplicationShutdown(): void {
    this.always.push('connection', 'close');
  }

  send(response: ServerResponse, status: number, json: string): void {
    const length = String(Buffer.byteLength(json));
    response.writeHead(status, [ID_HEADER, newRequestId(), ...this.always, 'content-length', length]);
    response.end(json);
  }
}
