// Measures a journal that fills because its store does not answer: the cost of a reading with more and more of them queued, and
// the answers once the journal is full.
import { batchOf } from '../bare/bodies.mjs';
import { printTable, startGateway } from '../gateway.mjs';
import { postAll } from '../load.mjs';
import { count, mib, ms, us } from '../process.mjs';
import { quantile } from '../gateway.mjs';
import { startSilentStore } from '../silent-store.mjs';

const BATCH = 1_000;
const SENSORS = 1_000;
const TENTHS = 10;
const DEFAULT_BYTES = 1 << 30;

function* batches() {
  const bodies = Array.from({ length: 100 }, () =>
    batchOf(
      'lines',
      Array.from({ length: BATCH }, () => Math.floor(Math.random() * SENSORS)),
    ),
  );
  for (let n = 0; ; n += 1) yield bodies[n % bodies.length];
}

export async function growJournal({ max = DEFAULT_BYTES, say }) {
  const store = await startSilentStore();
  const gateway = await startGateway({ ...store.variables, JOURNAL_MAX_BYTES: String(max) });
  const url = `${gateway.url}/api/v2/write`;
  const bodies = batches();
  const rows = [];
  let last;
  for (let tenth = 1; tenth <= TENTHS && last?.status !== 503; tenth += 1) {
    say(`journal, tenth ${tenth}`);
    const goal = tenth === TENTHS ? Infinity : (max * tenth) / TENTHS;
    let full = false;
    const watch = setInterval(async () => {
      full ||= (await gateway.json('/api/pipeline')).journalBytes >= goal;
    }, 50);
    const before = gateway.cpuMs();
    const result = await postAll(url, bodies, {
      type: 'text/plain',
      until: (answer) => full || answer?.status === 503,
    });
    clearInterval(watch);
    last = result.last;
    const readings = result.answers * BATCH;
    const { journalBytes, queued } = await gateway.json('/api/pipeline');
    rows.push([
      ...[mib(journalBytes), count(queued), us(((gateway.cpuMs() - before) * 1_000) / readings)],
      count((readings * 1_000) / result.tookMs),
      ...[ms(quantile(result.times, 0.5)), ms(quantile(result.times, 0.99)), mib(gateway.rss())],
    ]);
  }
  printTable(['journal', 'queued', 'CPU for each reading', 'readings/s', 'median', 'p99', 'RSS'], rows);
  await tellFull(url, gateway);
  await gateway.kill();
  store.stop();
  await gateway.stop({ keep: false });
}

/** Prints the cost of a refusal, and the status and Retry-After of the refusals. */
async function tellFull(url, gateway) {
  const before = gateway.cpuMs();
  const { answers, others, last } = await postAll(url, batches(), { type: 'text/plain', seconds: 2 });
  const refused = others[503] ?? 0;
  const cpuUs = ((gateway.cpuMs() - before) * 1_000) / (refused + answers);
  console.log(
    `\nFull: ${last.status} with Retry-After ${last.headers['retry-after']}, ${count(refused)} times of ` +
      `${count(refused + answers)}; ${us(cpuUs)} of CPU for each batch of 1,000.`,
  );
}
