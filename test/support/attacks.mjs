// Attacks on a gateway, one a run: node attacks.mjs NAME URL GOOD_KEY BOMB_FILE. A process of its own, so that it can be given
// the lowest priority: an attacker has a machine of its own, and must not take from the gateway and the device what only
// this machine's few processors make scarce. Writes what it was answered as JSON.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const BODY_BYTES = 100_000_000;
const PIECE = Buffer.alloc(65_536, ' ');
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), PIECE, Buffer.from('\r\n')]);

const [name, url, goodKey, bombFile] = process.argv.slice(2);
const port = Number(new URL(url).port);
const attacks = {
  slowLoris,
  bomb: () => bombs(1),
  bombs: () => bombs(10),
  wrongKeys,
  largeBody: () => largeBodies(1),
  largeBodies: () => largeBodies(2),
};
console.log(JSON.stringify(await attacks[name]()));
process.exit(0);

/** 1,000 connections that send their headers a byte at a time, until the gateway has ended each. */
async function slowLoris() {
  let open = 1_000;
  const sockets = Array.from({ length: open }, () => dial(() => (open -= 1)));
  for (const socket of sockets)
    socket.resume().write('POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  while (open > 0) {
    for (const socket of sockets) if (socket.writable) socket.write('x');
    await sleep(500);
  }
  return { open };
}

/** So many bombs at once, and again, for eight seconds. */
async function bombs(atOnce) {
  const bomb = readFileSync(bombFile);
  const head = [
    'POST /api/ingest/batch HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${goodKey}`,
    'Content-Type: application/json',
    'Content-Encoding: gzip',
    `Content-Length: ${bomb.length}`,
  ];
  const statuses = {};
  const endMs = performance.now() + 8_000;
  while (performance.now() < endMs)
    for (const answer of await Promise.all(Array.from({ length: atOnce }, () => send(head, [bomb]))))
      count(statuses, answer);
  return statuses;
}

/** 100,000 requests with a wrong key each over 32 connections, each as soon as the one before is answered. */
async function wrongKeys() {
  const statuses = {};
  let left = 100_000;
  const tryKeys = () =>
    new Promise((resolve) => {
      let answer = '';
      const socket = dial(resolve).setNoDelay();
      const tryNext = () => {
        if (left === 0) {
          socket.destroy();
          return;
        }
        left -= 1;
        answer = '';
        socket.write(`GET /api/latest HTTP/1.1\r\nHost: localhost\r\nX-API-Key: pxk_wrong_${left}\r\n\r\n`);
      };
      socket.setEncoding('latin1').on('data', (text) => {
        answer += text;
        const [head, ...body] = answer.split('\r\n\r\n');
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        if (length === undefined || body.join('\r\n\r\n').length < Number(length)) return;
        count(statuses, answer);
        tryNext();
      });
      tryNext();
    });
  await Promise.all(Array.from({ length: 32 }, tryKeys));
  return statuses;
}

/** Bodies of 100 MB, so many at once: with a good key and a wrong one, with and without their length. */
async function largeBodies(atOnce) {
  const statuses = { good: {}, wrong: {} };
  for (const whose of ['good', 'wrong'])
    for (const size of [`Content-Length: ${BODY_BYTES}`, 'Transfer-Encoding: chunked']) {
      const key = whose === 'good' ? goodKey : 'pxk_wrong';
      const head = [
        'POST /api/ingest HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
        `Authorization: Bearer ${key}`,
        size,
      ];
      const piece = size.startsWith('Content') ? PIECE : CHUNK;
      const pieces = Array.from({ length: Math.floor(BODY_BYTES / PIECE.length) }, () => piece);
      const flood = () => send(head, pieces, { isStubborn: true });
      for (const answer of await Promise.all(Array.from({ length: atOnce }, flood)))
        count(statuses[whose], answer);
    }
  return statuses;
}

/** Sends a request. @returns its answer; a stubborn client continues to send after that, as long as it can */
async function send(head, pieces, { isStubborn = false } = {}) {
  let answer = '';
  let isOpen = true;
  const socket = dial(() => (isOpen = false));
  const answered = new Promise((resolve) => {
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text;
      resolve();
    });
    socket.once('close', resolve);
  });
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  for (const piece of pieces) {
    if (!isOpen || (answer !== '' && !isStubborn)) break;
    if (!socket.write(piece))
      await (isStubborn ? drained(socket) : Promise.race([answered, drained(socket)]));
  }
  await answered;
  socket.destroy();
  return answer;
}

function dial(onClose) {
  return connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .once('close', onClose);
}

function drained(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    if (socket.closed) resolve();
    else socket.on('drain', done).on('close', done);
  });
}

function count(statuses, answer) {
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
  statuses[status] = (statuses[status] ?? 0) + 1;
}
