// Controls Chromium over a pipe (https://chromedevtools.github.io/devtools-protocol), and enables only the domains that are
// needed. With Playwright, each page keeps up to 100 MB of what it received over the network, which would count as its memory.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Starts a Chromium without a screen. @param args further arguments of its command line */
export function openChromium(executable, args) {
  const folder = mkdtempSync(join(tmpdir(), 'predictionx-chromium-'));
  const common = ['--headless', '--remote-debugging-pipe', `--user-data-dir=${folder}`];
  const process = spawn(executable, [...common, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , , to, from] = process.stdio;
  const waiting = new Map();
  const loaded = new Map();
  let lastId = 0;
  let text = '';
  from.setEncoding('utf8').on('data', (more) => {
    const messages = (text + more).split('\0');
    text = messages.pop();
    for (const { id, error, result, method, sessionId } of messages.map((message) => JSON.parse(message))) {
      if (method === 'Page.loadEventFired') loaded.get(sessionId)?.();
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++lastId, { resolve, reject });
      to.write(`${JSON.stringify({ id: lastId, method, params, sessionId })}\0`);
    });

  return {
    /** Opens a page and waits until it is loaded. @returns functions to send it commands, to run code in it and to close it */
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      const page = (method, params) => send(method, params, sessionId);
      await page('Page.enable');
      const isLoaded = new Promise((resolve) => loaded.set(sessionId, resolve));
      await page('Page.navigate', { url });
      await isLoaded;
      return {
        send: page,
        async run(act, argument) {
          const expression = `(${act})(${JSON.stringify(argument)})`;
          const answer = await page('Runtime.evaluate', {
            expression,
            awaitPromise: true,
            returnByValue: true,
          });
          if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception.description);
          return answer.result.value;
        },
        close: () => send('Target.closeTarget', { targetId }),
      };
    },
    /** The private memory of the largest renderer in MiB: without the files and buffers that it shares with other processes. */
    rendererMiB() {
      const ofOne = (pid) => {
        try {
          if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return 0;
          return (
            Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
          );
        } catch {
          return 0;
        }
      };
      return Math.max(...readdirSync('/proc').filter(Number).map(ofOne));
    },
    async close() {
      await send('Browser.close');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
