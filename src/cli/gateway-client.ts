import { setTimeout as sleep } from 'node:timers/promises';

/** Why the gateway refused one reading. */
export interface Refusal {
  /** Its place among those that were sent. */
  readonly index: number;
  readonly reason: string;
}

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
    this.ingest = new URL('api/ingest/batch', url.endsWith('/') ? url : `${url}/`);
  }

  /**
   * Sends readings, in their order.
   * @param signal ends the waiting between two tries; a request under way is still answered
   * @param waiting called before each wait with what is waited for
   * @returns those that were refused; all others are accepted
   * @throws GatewayClientError when the gateway neither accepts nor refuses for two minutes
   */
  async send(
    readings: readonly object[],
    signal: AbortSignal,
    waiting: (reason: string) => void,
  ): Promise<Refusal[]> {
    const giveUpAt = Date.now() + GIVE_UP_MS;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(readings);
      if (Array.isArray(outcome)) return outcome;
      if (Date.now() > giveUpAt)
        throw new GatewayClientError(`${this.ingest.origin} takes no readings: ${outcome.reason}`);
      waiting(outcome.reason);
      await sleep(outcome.retryAfterMs ?? Math.min(MAX_WAIT_MS, 250 * 2 ** attempt), undefined, { signal });
    }
  }

  private async attempt(readings: readonly object[]): Promise<Refusal[] | Wait> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.ingest, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(readings),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      const { message, cause } = error as Error;
      return { reason: cause instanceof Error ? cause.message || message : message };
    }
    const { errors, detail = `HTTP ${response.status}` } = parse(text);
    const isVerdict =
      response.status === 200 || (response.status === 400 && errors?.[0]?.index !== undefined);
    if (isVerdict && errors) return toRefusals(errors);
    if (response.status === 503 || response.status === 429) {
      const seconds = Number(response.headers.get('retry-after'));
      return { reason: detail, ...(seconds > 0 && { retryAfterMs: Math.min(MAX_WAIT_MS, seconds * 1000) }) };
    }
    if (response.status === 413)
      throw new GatewayClientError(`The gateway takes no batches of this size: ${detail}; see --batch-size`);
    throw new GatewayClientError(
      `${this.ingest.href} answers ${response.status} (${detail}); is it a PredictionX gateway?`,
    );
  }
}

/** An answer that says nothing yet. */
interface Wait {
  readonly reason: string;
  readonly retryAfterMs?: number;
}

/** What is looked at in an answer. */
interface Body {
  readonly detail?: string;
  readonly errors?: readonly { readonly index?: number; readonly message: string }[];
}

function parse(body: string): Body {
  try {
    return JSON.parse(body) as Body;
  } catch {
    return {};
  }
}

/** A reading may be wrong in several fields, and is one refusal all the same. */
function toRefusals(errors: NonNullable<Body['errors']>): Refusal[] {
  const reasons = new Map<number, string[]>();
  for (const { index = 0, message } of errors) reasons.set(index, [...(reasons.get(index) ?? []), message]);
  return [...reasons].map(([index, messages]) => ({ index, reason: messages.join('; ') }));
}
