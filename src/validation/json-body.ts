import { isUtf8 } from 'node:buffer';

import type { FastifyInstance } from 'fastify';

import { GatewayError } from '../errors/gateway-error.js';

/** Takes JSON bodies and no others: Fastify would also take plain text, and read broken UTF-8 as other characters. */
export function readJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body));
    } catch (error) {
      done(error as GatewayError);
    }
  });
}

/** A "__proto__" in the body stays a plain key, which the validation refuses like any other it does not know. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) throw new GatewayError('INVALID_JSON', 'The body is empty; it must be JSON');
  if (!isUtf8(body))
    throw new GatewayError('INVALID_JSON', 'The body must be JSON in UTF-8; its bytes are not UTF-8');
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new GatewayError('INVALID_JSON', `The body is not valid JSON: ${(error as Error).message}`);
  }
}
