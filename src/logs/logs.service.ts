import { Inject, Injectable } from '@nestjs/common';

import { Page } from '../paging/page.js';
import { eventCursor, type LogsQueryDto, toEventId } from './logs-query.dto.js';
import type { SystemEvent } from './system-event.js';
import { SystemLog } from './system-log.js';

/** Gives the system log back. */
@Injectable()
export class LogsService {
  constructor(@Inject(SystemLog) private readonly log: SystemLog) {}

  /** @returns one page of entries, newest first */
  async newest({ limit, cursor }: LogsQueryDto): Promise<Page<SystemEvent>> {
    const beforeId = cursor === undefined ? undefined : toEventId(cursor);
    const events = await this.log.newest(limit + 1, beforeId);
    const items = events.slice(0, limit);
    const last = items.at(-1);
    if (!last || events.length <= limit) return new Page(items);
    return new Page(items, { limit: String(limit), cursor: eventCursor(last) });
  }
}
