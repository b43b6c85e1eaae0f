import { parentPort } from 'node:worker_threads';

import type { Calls, Opened, Request, Response } from './call-thread.js';

/**
 * Answers the calls of this thread's CallThread, one after the other, until it closes; then calls `close`.
 * @param damagedFile where a damaged file was moved to
 */
export function serveCalls(functions: Calls, close: () => void, damagedFile?: string): void {
  const port = parentPort;
  if (!port) throw new Error('serveCalls() runs in a worker thread');
  let previous: Promise<void> | undefined;
  const serve = async (request: Request | undefined): Promise<void> => {
    if (request) {
      port.postMessage(await answer(functions, request));
    } else {
      close();
      port.close();
    }
  };
  port.on('message', (request: Request | undefined) => {
    const serving = previous ? previous.then(() => serve(request)) : serve(request);
    previous = serving;
    void serving.finally(() => {
      if (previous === serving) previous = undefined;
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
