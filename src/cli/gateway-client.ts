import { setTimeout as sleep } from 'node:timers/promises';

/** What the gateway said to one reading. */
export type Answer = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/** The gateway cannot be used as it is asked to be. */
export class GatewayClientError extends Error {}

const REQUEST_TIMEOUT_MS = 30_000;
/** So long without any answer but "try again" and the import gives up. */
const GIVE_UP_MS = 120_000;
const MAX_WAIT_MS = 10_000;

/** Sends readings to a running gateway, and tries again for as long as it says so or does not answer. */
export class GatewayClient {
  private readonly ingest: URL;

  /** @throws GatewayClientError when the address is none */
  constructor(url: string) {
    if (!URL.canParse(url))
      throw new GatewayClientError(`--url must be an address such as http://127.0.0.1:8000, got "${url}"`);
    this.ingest = new URL('api/ingest', url.endsWith('/') ? url : `${url}/`);
  }

  /**
   * @param signal ends the waiting between two tries; a request under way is still answered
   * @param waiting called before each wait with what is waited for
   * @throws GatewayClientError when the gateway neither accepts nor refuses for two minutes
   */
  async send(reading: object, signal: AbortSignal, waiting: (reason: string) => void): Promise<Answer> {
    const giveUpAt = Date.now() + GIVE_UP_MS;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(reading);
      if ('accepted' in outcome) return outcome;
      if (Date.now() > giveUpAt)
        throw new GatewayClientError(`${this.ingest.origin} takes no readings: ${outcome.reason}`);
      waiting(outcome.reason);
      await sleep(outcome.retryAfterMs ?? Math.min(MAX_WAIT_MS, 250 * 2 ** attempt), undefined, { signal });
    }
  }

  private async attempt(reading: object): Promise<Answer | { reason: string; retryAfterMs?: number }> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.ingest, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reading),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      const { message, cause } = error as Error;
      return { reason: cause instanceof Error ? cause.message || message : message };
    }
    if (response.status === 201) return { accepted: true };
    const reason = detailOf(text) ?? `HTTP ${response.status}`;
    if (response.status === 503 || response.status === 429) {
      const seconds = Number(response.headers.get('retry-after'));
      return { reason, ...(seconds > 0 && { retryAfterMs: Math.min(MAX_WAIT_MS, seconds * 1000) }) };
    }
    if (response.status === 400 || response.status === 422) return { accepted: false, reason };
    throw new GatewayClientError(
      `${this.ingest.href} answers ${response.status} (${reason}); is it a PredictionX gateway?`,
    );
  }
}

function detailOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { detail?: string }).detail;
  } catch {
    return undefined;
  }
}
