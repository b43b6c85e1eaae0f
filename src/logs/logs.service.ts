import { Injectable } from '@nestjs/common';

import { Page } from '../http/pagination/page.js';
import { formatIdentifierList } from '../model/identifier-list.js';
import { boundsOf } from '../model/time-range.js';
import { formatTimestamp } from '../model/timestamp.js';
import type { EventFilter, PagePosition } from './event-filter.js';
import { type LogsQueryDto, parseEventTypes, formatEventCursor, parseEventCursor } from './logs-query.dto.js';
import type { LoggedEvent } from '../model/system-event.js';
import { SystemLog } from './system-log.js';

/** Reads the system log. */
@Injectable()
export class LogsService {
  constructor(private readonly log: SystemLog) {}

  /**
   * @returns one page of entries, newest first; entries appended after the first page was read are on none that follows
   * @throws GatewayError INVALID_PARAMETER when from is after to
   */
  async newest(query: LogsQueryDto): Promise<Page<LoggedEvent>> {
    const filter = toFilter(query);
    const after = query.cursor === undefined ? undefined : parseEventCursor(query.cursor);
    const { lastRow } = this.log;
    const events = await this.log.newest(filter, query.limit + 1, after);
    const items = events.slice(0, query.limit);
    const last = items.at(-1);
    if (!last || events.length <= query.limit) return new Page(items);
    const upToRow = after?.upToRow ?? Math.max(lastRow, ...items.map(({ row }) => row));
    return new Page(items, toNextQuery(query, filter, { timeUs: last.timeUs, row: last.row, upToRow }));
  }
}

function toFilter({ type, sensorId, zone, ruleId, from, to }: LogsQueryDto): EventFilter {
  const { fromUs, toUs } = boundsOf(from, to);
  return {
    types: parseEventTypes(type),
    sensorIds: sensorId,
    zones: zone === undefined ? undefined : [zone],
    ruleId,
    fromUs,
    toUs,
  };
}

/** The query of the next page. Relative times become absolute: "24 hours ago" would move from page to page. */
function toNextQuery(
  { type, sensorId, zone, ruleId, limit }: LogsQueryDto,
  { fromUs, toUs }: EventFilter,
  position: PagePosition,
): Record<string, string> {
  return {
    ...(type !== undefined && { type }),
    ...(sensorId !== undefined && { sensorId: formatIdentifierList(sensorId) }),
    ...(zone !== undefined && { zone }),
    ...(ruleId !== undefined && { ruleId }),
    ...(fromUs !== undefined && { from: formatTimestamp(fromUs) }),
    ...(toUs !== undefined && { to: formatTimestamp(toUs) }),
    limit: String(limit),
    cursor: formatEventCursor(position),
  };
}
