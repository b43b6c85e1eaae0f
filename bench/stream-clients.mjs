// Clients of the live stream, in a separate thread, so that reading does not slow down the sender. A message says how many
// clients to open and at which URL. They count what they receive until the next message, which closes them.
import { Agent, request } from 'node:http';
import { parentPort } from 'node:worker_threads';

const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
let counts = { messages: 0, resets: 0 };
let closing = [];

function open(url, reads) {
  return new Promise((resolve, reject) => {
    const opened = request(url, { agent }, (response) => {
      if (reads)
        response.on('data', (chunk) => {
          for (let at = chunk.indexOf('event: re'); at >= 0; at = chunk.indexOf('event: re', at + 9)) {
            if (chunk[at + 9] === 0x61) counts.messages += 1;
            else counts.resets += 1;
          }
        });
      response.on('error', () => undefined);
      resolve(() => opened.destroy());
    });
    opened.on('error', reject).end();
  });
}

/** What each client asks for; `i` is its number. */
const WANTS = {
  all: () => 'type=reading',
  sensor: (i) => `sensorId=sensor_${i % 1_000}&type=reading`,
  zone: (i) => `zone=zone_${i % 10}&type=reading`,
};

parentPort.on('message', async ({ url, clients, oneMore, wants }) => {
  for (const close of closing) close();
  const ended = counts;
  counts = { messages: 0, resets: 0 };
  const wanted = Array.from({ length: clients }, (_, i) =>
    open(`${url}/api/stream?${WANTS[wants](i)}`, true),
  );
  closing = await Promise.all([...wanted, ...(oneMore ? [open(`${url}/api/stream`, false)] : [])]);
  parentPort.postMessage(ended);
});
