import { Inject, Injectable } from '@nestjs/common';

import { Page } from '../paging/page.js';
import { eventCursor, type LogsQueryDto, toEventRow } from './logs-query.dto.js';
import type { LoggedEvent } from './system-event.js';
import { SystemLog } from './system-log.js';

/** Gives the system log back. */
@Injectable()
export class LogsService {
  constructor(@Inject(SystemLog) private readonly log: SystemLog) {}

  /** @returns one page of entries, newest first */
  async newest({ limit, cursor }: LogsQueryDto): Promise<Page<LoggedEvent>> {
    const beforeRow = cursor === undefined ? undefined : toEventRow(cursor);
    const events = await this.log.newest(limit + 1, beforeRow);
    const items = events.slice(0, limit);
    const last = items.at(-1);
    if (!last || events.length <= limit) return new Page(items);
    return new Page(items, { limit: String(limit), cursor: eventCursor(last) });
  }
}
