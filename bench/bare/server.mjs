// Starts a server as a separate process, together with what it needs.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_TIMEOUT_MS = 30_000;

/** Starts a command, and waits until it prints the URL on which it listens. @param pattern finds the URL in its output */
export async function startServer([program, ...args], options, pattern) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const url = await new Promise((resolve, reject) => {
    let output = '';
    const fail = (why) => reject(new Error(`${program} ${args.join(' ')} ${why}:\n${output}`));
    const timer = setTimeout(() => fail('does not listen'), START_TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        if (output.length < 1e5) output += text;
        const [, found] = pattern.exec(output) ?? [];
        if (found) {
          clearTimeout(timer);
          resolve(found);
        }
      });
    }
    child.once('error', reject);
    void exited.then(() => fail('ended before it listened'));
  }).catch(async (error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { url, stop };
}

/** Makes a folder for a server's files. @returns its path, and a function that deletes it */
export function emptyFolder(name) {
  const path = mkdtempSync(join(tmpdir(), `predictionx-${name}-`));
  return { path, stop: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts a server with what it needs, such as an InfluxDB, which stops after the server, and when the start fails. */
export async function startWith(needed, start) {
  try {
    const server = await start(needed);
    const stop = async () => {
      await server.stop();
      await needed?.stop();
    };
    return { ...server, stop };
  } catch (error) {
    await needed?.stop();
    throw error;
  }
}
