import { Injectable } from '@nestjs/common';

import { GatewayError } from '../common/errors/gateway-error.js';
import { Page } from '../http/pagination/page.js';
import { compareReadings, type Reading } from '../model/reading.js';
import { SerialQueue } from '../common/scheduling/serial-queue.js';
import type { DeadLetter, Point } from '../model/dead-letter.js';
import { DeadLetterDto, ReplayedDto } from './dead-letter.dto.js';
import { deadLetterCursor, type DeadLettersQueryDto, toDeadLetterId } from './dead-letters-query.dto.js';
import { newest } from '../registry/newest.js';
import { DeadLetterStore, type ReplayEntry } from '../pipeline/dead-letter-store.js';

/** About how many dead letters return to the journal with one commit; those of one point stay together. */
const REPLAY_AT_ONCE = 1_000;

/** Shows, replays and deletes the readings that the store refused for good. */
@Injectable()
export class DeadLettersService {
  /** Replays and deletions run one after the other, so that no dead letter is taken twice. */
  private readonly queue = new SerialQueue();

  constructor(private readonly store: DeadLetterStore) {}

  /** @returns one page of dead letters, oldest first */
  async page({ limit, cursor }: DeadLettersQueryDto): Promise<Page<DeadLetterDto>> {
    const afterId = cursor === undefined ? 0 : (toDeadLetterId(cursor) ?? 0);
    const letters = await this.store.list(afterId, limit + 1);
    const shown = letters.slice(0, limit);
    const items = shown.map((letter) => new DeadLetterDto(letter));
    const last = shown.at(-1);
    if (!last || letters.length <= limit) return new Page(items);
    return new Page(items, { limit: String(limit), cursor: deadLetterCursor(last) });
  }

  /**
   * Sends all present dead letters through the journal again, those of one point merged into one reading: the store then
   * decides once about each point, and no older value can come after a newer one. One that is refused again keeps its id.
   * @throws GatewayError as the journal does, or JOURNAL_UNAVAILABLE; it says how many were sent until then; these stay sent
   */
  replay(): Promise<ReplayedDto> {
    return this.queue.run(async () => {
      let replayed = 0;
      try {
        const lastId = await this.store.lastId();
        let after: Point | undefined;
        for (;;) {
          const page = await this.store.listByPoint(after, REPLAY_AT_ONCE);
          after = page.at(-1)?.reading;
          if (!after) return new ReplayedDto(replayed);
          const letters = page.filter((letter) => this.store.canReplay(letter));
          const entry = toEntry(letters, lastId);
          if (entry.replayed.length > 0) await this.store.replay(entry);
          replayed += entry.replayed.length;
        }
      } catch (error) {
        if (error instanceof GatewayError) throw error.withDetail(howMany(replayed));
        throw error;
      }
    });
  }

  /** @throws GatewayError DEAD_LETTER_NOT_FOUND */
  async delete(id: number): Promise<void> {
    if (await this.queue.run(() => this.store.delete(id))) return;
    throw new GatewayError('DEAD_LETTER_NOT_FOUND', `There is no dead letter ${id}`);
  }
}

/**
 * Merges dead letters, ordered by point and id, into one reading for each point, as successive writes would.
 * @param lastId points that have only newer dead letters are left out: a store that still refuses makes more and more of them
 */
function toEntry(letters: readonly DeadLetter[], lastId: number): ReplayEntry {
  const readings: Reading[] = [];
  const replayed: number[] = [];
  const merged: number[] = [];
  let isOld = false;
  let last: Reading | undefined;
  for (const { id, reading } of letters) {
    if (last && compareReadings(last, reading) === 0 && last.sensorId === reading.sensorId) {
      if (!isOld) continue;
      readings.push(newest(readings.pop(), reading));
      merged.push((merged.pop() ?? 0) + 1);
    } else {
      last = reading;
      isOld = id <= lastId;
      if (!isOld) continue;
      readings.push(reading);
      merged.push(1);
    }
    replayed.push(id);
  }
  const entry = { acceptedMs: Date.now(), readings, replayed };
  return readings.length < replayed.length ? { ...entry, merged } : entry;
}

function howMany(replayed: number): string {
  return `; ${replayed === 0 ? 'no dead letter was' : `${replayed} dead letters were`} sent until then`;
}
