import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

import type { RequestChain } from '../hooks/request-chain.js';
import { addVary } from '../hooks/vary.js';
import { wantsPage } from './wants-page.js';

/** The path of the dashboard's files. */
export const ASSETS = '/assets/';

const FOLDER = fileURLToPath(new URL('../../dashboard/', import.meta.url));

/**
 * Serves the dashboard, made by `npm run build`, to browsers at `/`. The names of its files change with their contents, so
 * browsers cache them for good; browsers request the page itself each time.
 */
export async function servePage(fastify: FastifyInstance, chain: RequestChain): Promise<void> {
  if (!existsSync(join(FOLDER, 'index.html'))) {
    new Logger('Page').warn(
      'The dashboard is not built, so browsers get JSON at /; "npm run build" builds it',
    );
    return;
  }
  await fastify.register(fastifyStatic, {
    root: join(FOLDER, 'assets'),
    prefix: ASSETS,
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
    index: false,
  });
  chain.onRequest((request, reply, { url }) => {
    if (url !== '/') return undefined;
    addVary(reply, 'Accept');
    if (!wantsPage(request)) return undefined;
    return () => {
      void reply.sendFile('index.html', FOLDER, { cacheControl: false });
    };
  });
}
