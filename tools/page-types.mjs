// Writes dashboard/schema.d.ts: the types of the HTTP interface, from what the gateway itself says of it. The page is
// checked against them, so the two cannot drift apart.
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
// Each schema lists its own kinds; a discriminator would put the names of schemas in their place.
for (const schema of Object.values(description.components.schemas)) delete schema.discriminator;
const types = astToString(await openapiTypescript(description));
writeFileSync(join(root, 'dashboard', 'schema.d.ts'), `// Made by tools/page-types.mjs.\n${types}`);

/** What a gateway that was just started answers at /api/openapi.json. */
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
    throw new Error('The gateway did not start; what it says is above');
  } finally {
    clearTimeout(late);
    gateway.kill();
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}
