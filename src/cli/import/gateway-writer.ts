import { setMaxListeners } from 'node:events';

import type { Reading } from '../../model/reading.js';
import type { GatewayClient, GatewayResponse, OnWait, Refusal } from '../gateway-client.js';
import { encodeLines } from './encode-lines.js';
import { readPartialWrite } from './partial-write.js';
import { explainAnswer, WRITE_PATH } from './write-answer.js';

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
   * @returns the refused readings with reasons, each once, by ascending index; the gateway has acknowledged all others
   * @throws GatewayClientError when the gateway neither accepts nor refuses, or when what answers is no gateway
   */
  async write(readings: readonly Reading[]): Promise<Refusal[]> {
    if (readings.length > this.maxReadings) return this.writeParts(readings, this.maxReadings);
    const lines = encodeLines(readings);
    const response = await this.client.request('POST', WRITE_PATH, lines, this.signal, this.onWait);
    const { status } = response;
    if (status === 204) return [];
    if (status === 422) return this.refusalsOf(readings, response);
    if (status === 413 && readings.length > 1) {
      this.maxReadings = Math.ceil(readings.length / 2);
      return this.writeParts(readings, this.maxReadings);
    }
    throw explainAnswer(response);
  }

  /** When the answer does not name each refused reading, it asks again for those after the last named one. */
  private async refusalsOf(readings: readonly Reading[], response: GatewayResponse): Promise<Refusal[]> {
    const answer = readPartialWrite(response.body, readings.length);
    if (!answer) throw explainAnswer(response);
    const { refusals, dropped } = answer;
    if (refusals.length >= dropped) return refusals;
    if (readings.length === 1) return [{ index: 0, reason: 'refused without a reason' }];
    const named = refusals.length;
    let from = (refusals.at(-1)?.index ?? -1) + 1;
    // Parts as long as what these reasons came from, and longer ones where fewer are refused: the work stays in proportion.
    for (let size = from; from > 0 && from < readings.length && refusals.length < dropped;) {
      const found = await this.write(readings.slice(from, from + size));
      for (const { index, reason } of found) refusals.push({ index: from + index, reason });
      from += size;
      if (found.length < named / 2) size *= 2;
    }
    // What is still missing was not named in its order, or is accepted by now: only a smaller request can tell.
    return refusals.length < dropped ? this.writeParts(readings, Math.ceil(readings.length / 2)) : refusals;
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
