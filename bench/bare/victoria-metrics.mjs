// VictoriaMetrics on one node, which gets line protocol directly.
import { ON_SERVER_CORE } from './machine.mjs';
import { victoriaMetricsProgram } from './programs.mjs';
import { emptyFolder, startServer, startWith } from './server.mjs';

const PATH = '/api/v2/write?precision=us';

export async function victoriaMetrics() {
  const { url, stop } = await startWith(emptyFolder('victoria-metrics'), ({ path }) => {
    const options = ['-httpListenAddr=127.0.0.1:0', `-storageDataPath=${path}`];
    const command = [...ON_SERVER_CORE, victoriaMetricsProgram().program, ...options];
    return startServer(command, {}, /started server at (http:\/\/[^/]+)/);
  });
  return {
    url,
    one: { form: 'lines', path: PATH, status: 204 },
    batches: { lines: PATH },
    count: async () => ({ held: await countReadings(url) }),
    stop,
  };
}

/** Each field is a separate series. A query finds the newest readings only after a flush, and without the cache. */
async function countReadings(url) {
  await ask(`${url}/internal/force_flush`);
  const query = encodeURIComponent('sum(count_over_time(sensor_predictions_value[1d]))');
  const { data } = JSON.parse(await ask(`${url}/api/v1/query?nocache=1&query=${query}`));
  return Number(data.result[0]?.value[1] ?? 0);
}

async function ask(url) {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`VictoriaMetrics: ${answer.status} ${text}`);
  return text;
}
