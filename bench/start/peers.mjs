// Programs whose start is compared with the gateway's. Each prints where it listens, and answers every request.
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const BARE_NODE = `
  const { createServer } = require('node:http');
  const server = createServer((request, response) => response.end('{"status":"ok"}'));
  server.listen(0, '127.0.0.1', () => console.log('listens on http://127.0.0.1:' + server.address().port));`;

/** The arguments of `node`, by title. */
export const PEERS = {
  'node -e, a server of its own': ['-e', BARE_NODE],
  'bare Fastify': [here('../bare/fastify.mjs')],
  'Nest on Fastify, and the libraries that the gateway uses': [here('nest.mjs')],
};
