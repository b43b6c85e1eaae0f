import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import type { Principal } from '../auth/principal.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { ReadingStore } from '../influx/reading-store.js';
import type { DeletionResult } from '../model/deletion.js';
import { Deletions } from '../pipeline/deletions.js';
import { DeletionDto, type DeletionQueryDto, toDeletion } from './deletion.dto.js';

/** The response comes after this time at the latest: InfluxDB deletes two million readings in a second. */
const WAIT_MS = 10_000;
const POLL_INTERVAL_MS = 50;

/** Deletes readings of a sensor. */
@Injectable()
export class DeletionService {
  constructor(
    private readonly deletions: Deletions,
    private readonly store: ReadingStore,
  ) {}

  /**
   * Returns once a deletion is on disk and carried out, or the store is down, or 10 s are over.
   * @throws GatewayError INVALID_PARAMETER; DELETION_REFUSED; as Intake.accept(), and nothing is deleted then
   */
  async delete(
    sensorId: string,
    query: DeletionQueryDto,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<DeletionDto> {
    const deletion = toDeletion(sensorId, query);
    const { finished } = await this.deletions.request({ ...deletion, requestedBy: whoIs(principal) });
    const result = await this.inTime(finished, signal);
    if (result?.refusal !== undefined)
      throw new GatewayError(
        'DELETION_REFUSED',
        `${this.store.label} does not delete these readings (${result.refusal}); ${result.isBegun ? 'some or all of them may be deleted' : 'they are still there'}`,
      );
    return new DeletionDto(deletion, result);
  }

  private async inTime(
    finished: Promise<DeletionResult>,
    signal: AbortSignal,
  ): Promise<DeletionResult | undefined> {
    const end = performance.now() + WAIT_MS;
    while (performance.now() < end && !signal.aborted) {
      const result = await Promise.race([finished, sleep(POLL_INTERVAL_MS)]);
      if (result || this.store.state.state === 'down') return result ?? undefined;
    }
    return undefined;
  }
}

function whoIs({ keyId, name }: Principal): string {
  return keyId === undefined ? 'somebody without a key' : `the key ${keyId} (${name})`;
}
