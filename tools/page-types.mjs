// Writes dashboard/schema.d.ts: the types of the HTTP interface, from the OpenAPI document of a running gateway. The page is
// checked against these types, so it always fits the interface.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import openapiTypescript, { astToString } from 'openapi-typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const START_MS = 60_000;

const description = await describe();
// Each schema lists its own values of `kind`. With a discriminator, they would be replaced with the names of the schemas.
for (const schema of Object.values(description.components.schemas)) delete schema.discriminator;
const types = astToString(await openapiTypescript(description));
writeFileSync(join(root, 'dashboard', 'schema.d.ts'), `// Made by tools/page-types.mjs.\n${types}`);

/** Starts a gateway. @returns its answer to GET /api/openapi.json */
async function describe() {
  const dataDir = mkdtempSync(join(tmpdir(), 'predictionx-'));
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, LOG_FORMAT: 'json' };
  const gateway = spawn(process.execPath, ['dist/main.js'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(gateway, 'exit');
  const late = setTimeout(() => gateway.kill('SIGKILL'), START_MS);
  try {
    for await (const line of createInterface({ input: gateway.stdout })) {
      const url = /listens on (http:\/\/[^\s;"]+)/.exec(line)?.[1];
      if (url) return await (await fetch(`${url}/api/openapi.json`)).json();
    }
    throw new Error('The gateway did not start; its log is above');
  } finally {
    clearTimeout(late);
    gateway.kill();
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}
