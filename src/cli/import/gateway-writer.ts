import { setMaxListeners } from 'node:events';

import type { Reading } from '../../model/reading.js';
import {
  type GatewayClient,
  GatewayClientError,
  type GatewayResponse,
  type OnWait,
  type Refusal,
} from '../gateway-client.js';
import { encodeLines } from './encode-lines.js';
import { readPartialWrite } from './partial-write.js';

const PATH = 'api/v2/write?precision=us';
/** The gateway names the reasons for this many refused lines of a request. */
const MAX_NAMED = 100;

/** Sends readings to the gateway, in their order, one request at a time. */
export class GatewayWriter {
  private maxReadings = Infinity;

  /**
   * @param signal ends the wait between two attempts; a request in flight still completes
   * @param onWait called before each wait
   */
  constructor(
    private readonly client: GatewayClient,
    private readonly signal: AbortSignal,
    private readonly onWait: OnWait,
  ) {
    setMaxListeners(0, signal);
  }

  /**
   * Writing the same readings again changes nothing, so each of these requests may be repeated.
   * @returns the refused readings with reasons, by ascending index; all others are accepted
   * @throws GatewayClientError when the gateway neither accepts nor refuses
   */
  async write(readings: readonly Reading[]): Promise<Refusal[]> {
    if (readings.length > this.maxReadings) return this.writeParts(readings, this.maxReadings);
    const response = await this.client.request('POST', PATH, encodeLines(readings), this.signal, this.onWait);
    const { status } = response;
    if (status === 204 || status === 200) return [];
    if (status === 422) return this.refusalsOf(readings, response);
    if (status === 413 && readings.length > 1) {
      this.maxReadings = Math.ceil(readings.length / 2);
      return this.writeParts(readings, this.maxReadings);
    }
    throw unexpected(response);
  }

  /** The readings are sent again in small parts when the answer does not name each refused one. */
  private async refusalsOf(readings: readonly Reading[], response: GatewayResponse): Promise<Refusal[]> {
    const { refusals, dropped } = readPartialWrite(response.body) ?? {};
    if (!refusals || dropped === undefined) throw unexpected(response);
    if (refusals.length >= dropped) return refusals;
    if (readings.length === 1) return [{ index: 0, reason: 'refused without a reason' }];
    return this.writeParts(readings, Math.min(MAX_NAMED, Math.ceil(readings.length / 2)));
  }

  private async writeParts(readings: readonly Reading[], size: number): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (let from = 0; from < readings.length; from += size) {
      const found = await this.write(readings.slice(from, from + size));
      for (const { index, reason } of found) refusals.push({ index: from + index, reason });
    }
    return refusals;
  }
}

function unexpected({ status, body }: GatewayResponse): GatewayClientError {
  const { detail, message = detail ?? '' } = (body ?? {}) as { detail?: string; message?: string };
  const answer = `The gateway answers ${status}${message === '' ? '' : ` (${message})`}`;
  return new GatewayClientError(
    status === 400
      ? `${answer}: it cannot read what this command sent. This is a fault of the command; please report it`
      : answer,
  );
}
