// Chromium over a pipe (https://chromedevtools.github.io/devtools-protocol), with nothing turned on but what is asked for:
// Playwright has each page keep what came over the network, up to 100 MB, which would count as the page's own memory.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Starts a Chromium. @param args of its command line, more than what makes it run without a screen */
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
    /** Opens a page, and waits until it is loaded. @returns what sends commands to it, runs functions in it, and closes it */
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
    /** What the largest renderer has for itself, MiB: without the files and buffers that it shares with others. */
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
