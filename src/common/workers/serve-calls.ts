import { parentPort } from 'node:worker_threads';

import type { Calls, Opened, Request, Response } from './call-thread.js';

/**
 * Answers the calls of this thread's CallThread, one after the other, until that closes; `close` is called last.
 * @param damagedFile where a file that was found damaged is kept now
 */
export function serveCalls(functions: Calls, close: () => void, damagedFile?: string): void {
  const port = parentPort;
  if (!port) throw new Error('serveCalls() runs in a worker thread');
  let before: Promise<void> | undefined;
  const serve = async (request: Request | undefined): Promise<void> => {
    if (request) {
      port.postMessage(await answer(functions, request));
    } else {
      close();
      port.close();
    }
  };
  port.on('message', (request: Request | undefined) => {
    const serving = before ? before.then(() => serve(request)) : serve(request);
    before = serving;
    void serving.finally(() => {
      if (before === serving) before = undefined;
    });
  });
  port.postMessage({ damagedFile } satisfies Opened);
}

async function answer(functions: Calls, { id, method, args }: Request): Promise<Response> {
  try {
    return { id, result: await functions[method]?.(...(args as never[])) };
  } catch (error) {
    const { message, code = '' } = error as Error & { code?: string };
    return { id, error: { message, code } };
  }
}
