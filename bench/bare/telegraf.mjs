// Telegraf, which accepts line protocol and forwards it to an InfluxDB of its own.
import { fileURLToPath } from 'node:url';

import { startInfluxd } from '../influxd.mjs';
import { ON_LOAD_CORE, ON_SERVER_CORE } from './machine.mjs';
import { telegrafProgram } from './programs.mjs';
import { emptyFolder, startServer, startWith } from './server.mjs';

const CONFIG = fileURLToPath(new URL('telegraf/telegraf.conf', import.meta.url));
const PATH = '/api/v2/write';
const POLL_MS = 250;
/** Twice its flush_interval. */
const STILL_MS = 2_000;

/** Starts it. @param strategy where it keeps readings until it forwards them: memory or disk */
export const telegraf = (strategy) => async () => {
  const influxd = await startInfluxd(ON_LOAD_CORE);
  const server = await startWith(influxd, () =>
    startWith(emptyFolder('telegraf'), (buffer) => {
      const command = [...ON_SERVER_CORE, telegrafProgram().program, '-config', CONFIG];
      const own = { BUFFER_STRATEGY: strategy, BUFFER_DIRECTORY: buffer.path };
      const env = { ...process.env, ...influxd.variables, ...own };
      return startServer(command, { env }, /Listening on (\S+)/);
    }),
  );
  return {
    url: `http://${server.url}`,
    one: { form: 'lines', path: PATH, status: 204 },
    batches: { lines: PATH },
    settle: () => standStill(influxd.countReadings),
    count: async () => ({ held: await influxd.countReadings() }),
    stop: server.stop,
  };
};

/** Telegraf does not report its queue. When nothing arrives for two flush intervals, nothing is left in it. */
async function standStill(count) {
  let last = await count();
  let since = performance.now();
  while (performance.now() - since < STILL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const now = await count();
    if (now !== last) since = performance.now();
    last = now;
  }
}
