// Sends requests from this process, over connections that stay open. The cost is read from the gateway's own CPU time.
import { Agent, request } from 'node:http';

/**
 * Sends bodies. Each connection sends the next body after the previous answer. It ends after the last body, when the time is
 * over, or when `until` returns true.
 * @param bodies an iterable; each body is taken from it when it is sent
 * @param until called before each request with the last answer
 * @returns the number of good answers, the number of others by status, the last answer, the total time in ms, and the time of
 *   each good answer in ms
 */
export async function postAll(url, bodies, { type = 'application/json', ...how } = {}) {
  const one = (agent, body) => send(url, { agent, method: 'POST', headers: { 'content-type': type } }, body);
  return sendAll(bodies[Symbol.iterator](), one, how);
}

/** Requests paths in the same way. */
export async function getAll(url, paths, how = {}) {
  return sendAll(paths[Symbol.iterator](), (agent, path) => send(url + path, { agent }), how);
}

async function sendAll(rest, one, { connections = 4, seconds = Infinity, until = () => false }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  const times = [];
  const others = {};
  let last;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end && !until(last)) {
        const { done, value } = rest.next();
        if (done) return;
        const asked = performance.now();
        last = await one(agent, value);
        if (last.status < 300) times.push(performance.now() - asked);
        else others[last.status] = (others[last.status] ?? 0) + 1;
      }
    }),
  );
  agent.destroy();
  return { answers: times.length, others, last, tookMs: performance.now() - begun, times };
}

function send(url, { headers = {}, ...options }, body) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    request(url, { ...options, headers: { ...headers, ...length } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      answer.on('error', reject);
    })
      .on('error', reject)
      .end(body);
  });
}
