import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { GatewayError } from '../common/errors/gateway-error.js';
import { mustBe } from '../common/validation/must-be.js';
import type { Deletion, DeletionResult } from '../model/deletion.js';
import { IDENTIFIER_SCHEMA } from '../model/identifier.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';
import { boundsOf, RangeEnd } from '../model/time-range.js';
import { formatTimestamp } from '../model/timestamp.js';
import { TimestampProperty } from '../model/timestamp.decorator.js';

/** Every timestamp there is. */
const EVERYTHING = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };

/** Which readings of a sensor to delete: times in [from, to), or all of them. */
export class DeletionQueryDto {
  @RangeEnd('The beginning of the range, included; required without all=true')
  from?: string;

  @RangeEnd('The end of the range, not included; required without all=true')
  to?: string;

  @ValidateIf((_, value) => value !== undefined)
  @ValidateBy({
    name: 'all',
    validator: { validate: (value) => value === 'true', defaultMessage: mustBe('true, or left out') },
  })
  @ApiProperty({
    type: String,
    enum: ['true'],
    required: false,
    description: 'true instead of from and to: deletes all readings of the sensor',
  })
  all?: string;

  @OptionalIdentifier('Deletes only readings of this zone', 'zone_A')
  zone?: string;
}

/**
 * The deletion of a validated query.
 * @throws GatewayError INVALID_PARAMETER when it does not say which readings, or says it twice
 */
export function toDeletion(sensorId: string, { from, to, all, zone }: DeletionQueryDto): Deletion {
  const ofZone = zone === undefined ? {} : { zone };
  if (all !== undefined) {
    const given = from === undefined ? (to === undefined ? undefined : 'to') : 'from';
    if (given !== undefined) throw wrong(given, `${given} must not be given together with all=true`);
    return { sensorId, ...ofZone, ...EVERYTHING };
  }
  const { fromUs, toUs } = boundsOf(from, to);
  if (fromUs === undefined) throw missing('from');
  if (toUs === undefined) throw missing('to');
  if (fromUs === toUs)
    throw wrong('to', `to must be after from, because it is not included; both are ${formatTimestamp(toUs)}`);
  return { sensorId, ...ofZone, fromUs, toUs };
}

/** A deletion that was accepted, and its result once it is done. */
export class DeletionDto {
  @ApiProperty({ ...IDENTIFIER_SCHEMA, description: 'The sensor' })
  readonly sensorId: string;

  @ApiProperty({
    ...IDENTIFIER_SCHEMA,
    required: false,
    description: 'The zone; absent when all zones were meant',
  })
  readonly zone?: string;

  @TimestampProperty('The beginning of the range, included')
  readonly from: string;

  @TimestampProperty('The end of the range, not included')
  readonly to: string;

  @ApiProperty({
    type: Boolean,
    description: 'Whether the readings are deleted. If not, they are deleted as soon as the store answers',
  })
  readonly done: boolean;

  @ApiProperty({
    type: 'integer',
    required: false,
    description:
      'How many readings were deleted from the store, queued ones included; absent while it is not done, and when the store cannot be read',
  })
  readonly deleted?: number;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'How many dead letters were deleted; absent while it is not done',
  })
  readonly deadLetters?: number;

  /** @param result undefined while it is not done */
  constructor({ sensorId, zone, fromUs, toUs }: Deletion, result: DeletionResult | undefined) {
    this.sensorId = sensorId;
    if (zone !== undefined) this.zone = zone;
    this.from = formatTimestamp(fromUs);
    this.to = formatTimestamp(toUs);
    this.done = result !== undefined;
    if (!result) return;
    if (result.readings !== undefined) this.deleted = result.readings;
    this.deadLetters = result.deadLetters;
  }
}

function missing(path: string): GatewayError {
  return wrong(
    path,
    `${path} is missing: a deletion needs both from and to, or all=true for all readings of the sensor`,
  );
}

function wrong(path: string, message: string): GatewayError {
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path, message }] });
}
