// Measures how long the recovery of a journal takes after a kill -9, while the store does not answer.
import { batchOf } from '../bare/bodies.mjs';
import { startGateway } from '../gateway.mjs';
import { postAll } from '../load.mjs';
import { count, mib, ms, peakRss, pause, rest, rss } from '../process.mjs';
import { startSilentStore } from '../silent-store.mjs';
import { startCold } from './cold.mjs';

const BATCH = 1_000;
const SENSORS = 1_000;

function* batches() {
  const bodies = Array.from({ length: 50 }, () =>
    batchOf(
      'lines',
      Array.from({ length: BATCH }, () => Math.floor(Math.random() * SENSORS)),
    ),
  );
  for (let n = 0; ; n += 1) yield bodies[n % bodies.length];
}

/** Fills a journal, kills the gateway, and starts it again. @returns a row, and how to end all of it */
export async function measureRecovery(bytes, say) {
  const store = await startSilentStore();
  const variables = { ...store.variables, JOURNAL_MAX_BYTES: String(bytes) };
  const gateway = await startGateway(variables);
  say(`filling a journal of ${mib(bytes)}`);
  const filled = await postAll(`${gateway.url}/api/v2/write`, batches(), {
    type: 'text/plain',
    until: (last) => last?.status === 503,
  });
  const { queued, journalBytes } = await gateway.json('/api/pipeline');
  const before = gateway.rss();
  await gateway.kill();
  say(`${count(filled.answers * BATCH)} readings fill it; recovering`);
  const again = await startCold({ ...variables, DATA_DIR: gateway.dataDir });
  const now = await (await fetch(`${again.url}/api/pipeline`)).json();
  if (now.queued !== queued || queued !== filled.answers * BATCH)
    throw new Error(`${queued} readings were queued before the start, and ${now.queued} after it.`);
  await pause(1_000);
  await rest(again.pid);
  const row = [
    ...[mib(journalBytes), count(queued), mib(before), ms(again.firstMs), ms(again.readyMs)],
    ...[
      `${(again.cpuMs / 1_000).toFixed(1)} s`,
      mib(again.peak),
      mib(rss(again.pid)),
      mib(peakRss(again.pid)),
    ],
  ];
  return {
    row,
    folder: gateway.dataDir,
    stop: async () => {
      await again.stop('SIGKILL');
      store.stop();
    },
  };
}
