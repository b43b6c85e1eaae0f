import { parentPort } from 'node:worker_threads';

import type { Calls, Opened, Request, Response } from './call-thread.js';

/**
 * Answers the calls of this thread's CallThread until that closes; `close` is called last.
 * @param damagedFile where a file that was found damaged is kept now
 */
export function serveCalls(functions: Calls, close: () => void, damagedFile?: string): void {
  const port = parentPort;
  if (!port) throw new Error('serveCalls() runs in a worker thread');
  port.on('message', (request: Request | undefined) => {
    if (request) {
      port.postMessage(answer(functions, request));
    } else {
      close();
      port.close();
    }
  });
  port.postMessage({ damagedFile } satisfies Opened);
}

function answer(functions: Calls, { id, method, args }: Request): Response {
  try {
    return { id, result: functions[method]?.(...(args as never[])) };
  } catch (error) {
    const { message, code = '' } = error as Error & { code?: string };
    return { id, error: { message, code } };
  }
}
