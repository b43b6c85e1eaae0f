import { Inject, Injectable } from '@nestjs/common';

import { GatewayError } from '../errors/gateway-error.js';
import { Page } from '../paging/page.js';
import { Turns } from '../threads/turns.js';
import type { DeadLetter } from './dead-letter.js';
import { deadLetterCursor, type DeadLettersQueryDto, toDeadLetterId } from './dead-letters-query.dto.js';
import { Pipeline } from './pipeline.js';

/** Dead letters that go back into the journal with one commit. */
const REPLAY_AT_ONCE = 1_000;

/** Shows, replays and deletes what the store refused for good. */
@Injectable()
export class DeadLettersService {
  /** Replays and deletions go one after the other, so that no letter is taken twice. */
  private readonly turns = new Turns();

  constructor(@Inject(Pipeline) private readonly pipeline: Pipeline) {}

  /** @returns one page of dead letters, oldest first */
  async page({ limit, cursor }: DeadLettersQueryDto): Promise<Page<DeadLetter>> {
    const afterId = cursor === undefined ? 0 : (toDeadLetterId(cursor) ?? 0);
    const letters = await this.pipeline.deadLetters(afterId, limit + 1);
    const items = letters.slice(0, limit);
    const last = items.at(-1);
    if (!last || letters.length <= limit) return new Page(items);
    return new Page(items, { limit: String(limit), cursor: deadLetterCursor(last) });
  }

  /**
   * Sends all dead letters there are now through the journal again. One that is refused again becomes a new one.
   * @returns how many were sent
   * @throws GatewayError as the journal does; those sent until then stay sent
   */
  replay(): Promise<number> {
    return this.turns.take(async () => {
      let replayed = 0;
      // Those that come back meanwhile have new ids, beyond the last one there is now.
      const all = await this.pipeline.lastDeadLetterId();
      for (;;) {
        const letters = (await this.pipeline.deadLetters(0, REPLAY_AT_ONCE)).filter(({ id }) => id <= all);
        if (letters.length === 0) return replayed;
        await this.pipeline.replay(letters);
        replayed += letters.length;
      }
    });
  }

  /** @throws GatewayError DEAD_LETTER_NOT_FOUND */
  async delete(id: number): Promise<void> {
    if (await this.turns.take(() => this.pipeline.deleteDeadLetter(id))) return;
    throw new GatewayError('DEAD_LETTER_NOT_FOUND', `There is no dead letter ${id}`);
  }
}
