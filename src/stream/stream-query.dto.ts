import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';

import { parseDuration } from '../common/config/duration.js';
import { IdentifierList } from '../model/identifier-list.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';
import { mustBe } from '../common/validation/must-be.js';
import { MESSAGE_TYPES, type MessageType } from './stream-filter.js';

const MIN_HEARTBEAT_MS = 1_000;
const MAX_HEARTBEAT_MS = 60_000;
const HEARTBEAT_RULE = 'a duration from "1s" to "60s", such as "2s"';
/** The rule as JSON Schema, which leaves out that fractions are possible, too. */
const HEARTBEAT_PATTERN = String.raw`^([1-9]\d{3}ms|[1-5]\d{4}ms|60000ms|[1-9]s|[1-5]\ds|60s|1m)$`;

/** @returns milliseconds; undefined when the text is not a duration, or out of bounds */
export function parseHeartbeat(text: unknown): number | undefined {
  const everyMs = typeof text === 'string' ? parseDuration(text) : undefined;
  return everyMs !== undefined && everyMs >= MIN_HEARTBEAT_MS && everyMs <= MAX_HEARTBEAT_MS
    ? everyMs
    : undefined;
}

/** Selects the messages that a client wants; all without any of these. */
export class StreamQueryDto {
  @IdentifierList('Only readings and events of these sensors', { optional: true, max: 1_000 })
  sensorId?: string[];

  @OptionalIdentifier('Only readings and events of this zone', 'zone_A')
  zone?: string;

  @MessageTypes()
  type?: MessageType[];

  @ValidateIf((_, value) => value !== undefined)
  @ValidateBy({
    name: 'heartbeat',
    validator: {
      validate: (value) => parseHeartbeat(value) !== undefined,
      defaultMessage: mustBe(HEARTBEAT_RULE),
    },
  })
  @ApiProperty({
    type: String,
    pattern: HEARTBEAT_PATTERN,
    required: false,
    description: `The longest time without any bytes, so that the client notices when the gateway is gone; by default STREAM_HEARTBEAT: ${HEARTBEAT_RULE}`,
    example: '2s',
  })
  heartbeat?: string;

  @ValidateIf((_, value) => value !== undefined)
  @ValidateBy({
    name: 'lastEventId',
    validator: {
      validate: (value) => typeof value === 'string' && value.length <= 200,
      defaultMessage: mustBe('the id of a message of this stream'),
    },
  })
  @ApiProperty({
    type: String,
    maxLength: 200,
    required: false,
    description: 'Like the header Last-Event-ID, for clients that cannot set it; the header takes precedence',
  })
  lastEventId?: string;
}

function MessageTypes(): PropertyDecorator {
  const known: readonly unknown[] = MESSAGE_TYPES;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      [value].flat().flatMap((one: unknown) => (typeof one === 'string' ? one.split(',') : [one])),
    ),
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'messageTypes',
      validator: {
        validate: (value) => Array.isArray(value) && value.every((one) => known.includes(one)),
        defaultMessage: mustBe(`one or several of ${MESSAGE_TYPES.join(', ')}, comma-separated`),
      },
    }),
    ApiProperty({
      type: String,
      pattern: `^(${MESSAGE_TYPES.join('|')})(,(${MESSAGE_TYPES.join('|')}))*$`,
      required: false,
      description:
        'Only these messages, comma-separated: reading, log (every event), or events of the types anomaly, critical, normal',
      example: 'reading,critical',
    }),
  );
}
