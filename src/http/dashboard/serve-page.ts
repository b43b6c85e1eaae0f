import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

import { wantsPage } from './wants-page.js';

/** Where the files lie that the page is made of. */
export const ASSETS = '/assets/';

const FOLDER = fileURLToPath(new URL('../../dashboard/', import.meta.url));

/**
 * Serves the page, made by `npm run build`, to browsers that come to `/`. The names of its files change with what is in
 * them, so browsers keep those for good; the page itself is asked for each time.
 */
export async function servePage(fastify: FastifyInstance): Promise<void> {
  if (!existsSync(join(FOLDER, 'index.html'))) {
    new Logger('Page').warn(
      'The page was not built: "npm run build" does it. Browsers get JSON at / until then',
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
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== '/') return;
    void reply.header('Vary', ['Accept', reply.getHeader('Vary') ?? []].flat().join(', '));
    if (!wantsPage(request)) return;
    await reply.sendFile('index.html', FOLDER, { cacheControl: false });
  });
}
