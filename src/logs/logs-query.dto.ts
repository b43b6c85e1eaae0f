import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { fromCursor, toCursor } from '../http/pagination/cursor.js';
import { Cursor, Limit } from '../http/pagination/paging.decorator.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';
import { IdentifierList } from '../model/identifier-list.js';
import { RangeEnd } from '../model/time-range.js';
import { mustBe } from '../common/validation/must-be.js';
import type { PagePosition } from './event-filter.js';
import { EVENT_TYPES, type SystemEvent } from '../model/system-event.js';

const TYPES_RULE = `one or several of ${EVENT_TYPES.join(', ')}, separated by commas`;

/** Selects a part of the system log. */
export class LogsQueryDto {
  @ValidateIf((_, value) => value !== undefined)
  @ValidateBy({
    name: 'eventTypes',
    validator: {
      validate: (value) => parseEventTypes(value) !== undefined,
      defaultMessage: mustBe(TYPES_RULE),
    },
  })
  @ApiProperty({
    type: String,
    required: false,
    description: `Only entries of these types: ${TYPES_RULE}`,
    pattern: `^(${EVENT_TYPES.join('|')})(,(${EVENT_TYPES.join('|')}))*$`,
    example: 'anomaly,critical',
  })
  type?: string;

  @IdentifierList('Only entries about these sensors', { optional: true })
  sensorId?: string[];

  @OptionalIdentifier('Only entries about this zone', 'zone_A')
  zone?: string;

  @OptionalIdentifier('Only entries made by this rule', 'fc88cd30ec5a')
  ruleId?: string;

  @RangeEnd('Only entries of this time and later')
  from?: string;

  @RangeEnd('Only entries before this time')
  to?: string;

  @Limit(1_000, 100)
  limit = 100;

  @Cursor((cursor) => parseEventCursor(cursor) !== undefined)
  cursor?: string;
}

/** @returns undefined when the text contains anything but types of events */
export function parseEventTypes(text: unknown): SystemEvent['type'][] | undefined {
  if (typeof text !== 'string') return undefined;
  const types = text.split(',').map((name) => EVENT_TYPES.find((type) => type === name));
  const known = types.filter((type) => type !== undefined);
  return known.length === types.length ? [...new Set(known)] : undefined;
}

export function formatEventCursor({ timeUs, row, upToRow }: PagePosition): string {
  return toCursor([timeUs, row, upToRow]);
}

/** @returns undefined when the text is not from formatEventCursor() */
export function parseEventCursor(cursor: string): PagePosition | undefined {
  const [timeUs, row, upToRow] = (fromCursor(cursor, 3) ?? []).filter(isSafeInteger);
  return timeUs === undefined || row === undefined || upToRow === undefined
    ? undefined
    : { timeUs, row, upToRow };
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
