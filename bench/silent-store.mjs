// An InfluxDB that accepts connections and never answers, like a stopped process: accepted readings stay in the journal.
import { once } from 'node:events';
import { createServer } from 'node:net';

export async function startSilentStore() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    variables: {
      INFLUXDB_URL: `http://127.0.0.1:${server.address().port}`,
      ...{ INFLUXDB_TOKEN: 'bench-token', INFLUXDB_ORG: 'bench', INFLUXDB_BUCKET: 'bench' },
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
