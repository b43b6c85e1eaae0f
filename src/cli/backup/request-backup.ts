import { firstWords, GatewayClient } from '../gateway-client.js';
import type { GatewayOptions } from '../gateway-options.js';

const MAX_ANSWER_BYTES = 64 << 10;

/**
 * Asks a gateway for a backup.
 * @returns its bytes, as they arrive; reading them fails when the connection breaks
 * @throws Error that says why the gateway gives none, and what to do
 */
export async function requestBackup(
  { url, key = '' }: GatewayOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  // It checks both.
  const { page } = new GatewayClient(url, { key });
  let response: Response;
  try {
    response = await fetch(new URL('api/backup', page), {
      method: 'POST',
      headers: key === '' ? {} : { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(
      `${page} does not respond (${reasonOf(error as Error)}). Check that the gateway runs, and --url`,
      {
        cause: error,
      },
    );
  }
  if (response.status === 200 && response.body) return readUntilBroken(response.body, signal);
  const text = (await response.text()).slice(0, MAX_ANSWER_BYTES);
  throw new Error(`${page} answers ${response.status}: ${detailIn(text)}${hintFor(response.status)}`);
}

async function* readUntilBroken(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`There is no backup: the connection broke (${reasonOf(error as Error)})`, {
      cause: error,
    });
  }
}

/** fetch() says in the cause what went wrong; for a host with several addresses in several errors. */
function reasonOf({ message, cause }: Error): string {
  const inner = cause instanceof AggregateError ? (cause.errors as unknown[])[0] : cause;
  return inner instanceof Error && inner.message !== '' ? inner.message : message;
}

function detailIn(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // As any other answer without a detail.
  }
  return firstWords(text) || 'no reason';
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return '. Give a key of role admin with --key or PREDICTIONX_KEY';
  return status === 404 ? '. Is it a PredictionX gateway that knows backups? Check --url' : '';
}
