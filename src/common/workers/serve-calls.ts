import { parentPort } from 'node:worker_threads';

import { mayNeedSpace } from '../disk/explain-disk-error.js';
import {
  type Calls,
  NEEDS_SPACE,
  type Opened,
  type Request,
  type Response,
  SPACE_MADE,
} from './call-thread.js';

/**
 * Answers the calls of this thread's CallThread, one after the other, until it closes; then calls `close`.
 * @param damagedFile where a damaged file was moved to
 */
export function serveCalls(functions: Calls, close: () => void, damagedFile?: string): void {
  const port = parentPort;
  if (!port) throw new Error('serveCalls() runs in a worker thread');
  let previous: Promise<void> | undefined;
  let goOn: (() => void) | undefined;
  const askForSpace = (): Promise<void> =>
    new Promise((resolve) => {
      goOn = resolve;
      port.postMessage(NEEDS_SPACE satisfies Response);
    });
  const serve = async (request: Request | undefined): Promise<void> => {
    if (request) {
      port.postMessage(await answer(functions, request, askForSpace));
    } else {
      close();
      port.close();
    }
  };
  port.on('message', (request: Request | typeof SPACE_MADE | undefined) => {
    if (request === SPACE_MADE) {
      goOn?.();
      return;
    }
    const serving = previous ? previous.then(() => serve(request)) : serve(request);
    previous = serving;
    void serving.finally(() => {
      if (previous === serving) previous = undefined;
    });
  });
  port.postMessage({ damagedFile } satisfies Opened);
}

/** @param askForSpace makes space on the disk; without it the call is not repeated */
async function answer(
  functions: Calls,
  request: Request,
  askForSpace?: () => Promise<void>,
): Promise<Response> {
  const { id, method, args } = request;
  try {
    return { id, result: await functions[method]?.(...(args as never[])) };
  } catch (error) {
    const { message, code = '' } = error as Error & { code?: string };
    // SQLite has rolled back the failed call, so it can be repeated.
    if (!askForSpace || !code.startsWith('SQLITE_') || !mayNeedSpace(error))
      return { id, error: { message, code } };
    await askForSpace();
    return answer(functions, request);
  }
}
