import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, ValidateBy, ValidateIf } from 'class-validator';

import { Identifier, NewName } from '../model/identifier.decorator.js';
import { IDENTIFIER_RULE, IDENTIFIER_SCHEMA, isIdentifier } from '../model/identifier.js';
import { OptionalTimestamp, TimestampProperty } from '../model/timestamp.decorator.js';
import { formatTimestamp, parseTimestamp, TIMESTAMP_RULE } from '../model/timestamp.js';
import { RefusedAs } from '../common/validation/dto-shape.js';
import { FiniteNumber } from '../common/validation/finite-number.decorator.js';
import { mustBe } from '../common/validation/must-be.js';
import type { MadeKey } from './key-storage.js';
import { type Key, type KeyState, type NewKey, type Role, ROLES, stateOf } from './key.js';

const MAX_PATTERNS = 1_000;
/** A year; anyone who needs longer can use two keys. */
const MAX_GRACE_SECONDS = 31_536_000;
/** Long enough to change the key on devices that connect once a day. */
export const GRACE_SECONDS = 86_400;

/** The body that makes a key. */
@RefusedAs('INVALID_KEY')
export class NewKeyDto {
  @NewName('A name for people', 'Pump house')
  name!: string;

  @IsIn(ROLES, { message: mustBe(`one of ${ROLES.join(', ')}`) })
  @ApiProperty({
    enum: ROLES,
    description: 'A device sends readings, a reader reads them, an admin may do everything',
  })
  role!: Role;

  @Patterns('The sensors that a device may send readings of', ['pump_*'])
  sensors?: string[];

  @Patterns('The zones that a device may send readings from', ['zone_A'])
  zones?: string[];

  @OptionalTimestamp(
    `When the key becomes invalid: ${TIMESTAMP_RULE}. If absent, never`,
    '2027-01-30T00:00:00Z',
  )
  expiresAt?: string | number;

  @PerSecond('Readings a second that the key may send, in place of LIMIT_KEY_READINGS; 0 sets no limit')
  readingsPerSecond?: number;

  @PerSecond('Requests a second that the key may send, in place of LIMIT_KEY_REQUESTS; 0 sets no limit')
  requestsPerSecond?: number;

  toKey(): NewKey {
    const { name, role, sensors, zones, expiresAt, readingsPerSecond, requestsPerSecond } = this;
    const expiresUs = parseTimestamp(expiresAt);
    return {
      name,
      role,
      ...(sensors && { sensors }),
      ...(zones && { zones }),
      ...(expiresUs !== undefined && { expiresMs: Math.floor(expiresUs / 1000) }),
      ...(readingsPerSecond !== undefined && { readingsPerSecond }),
      ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    };
  }
}

/** The body that rotates a key. */
@RefusedAs('INVALID_KEY')
export class RotationDto {
  @ValidateIf((_, value) => value !== undefined)
  @FiniteNumber(
    `a number of seconds from 0 to ${MAX_GRACE_SECONDS}`,
    (value) => value >= 0 && value <= MAX_GRACE_SECONDS,
  )
  @ApiProperty({
    type: Number,
    required: false,
    minimum: 0,
    maximum: MAX_GRACE_SECONDS,
    default: GRACE_SECONDS,
    description: 'Seconds for which the old secret stays valid too',
  })
  graceSeconds = GRACE_SECONDS;
}

/** The path parameter of routes for one key. */
export class KeyParamsDto {
  @Identifier('The id of the key', 'key_4f2a9c81d07b')
  id!: string;
}

/** A key without its secret. */
export class KeyDto {
  @ApiProperty({ type: String, example: 'key_4f2a9c81d07b' })
  readonly id: string;

  @ApiProperty({ type: String, example: 'Pump house' })
  readonly name: string;

  @ApiProperty({ enum: ROLES })
  readonly role: Role;

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  readonly state: KeyState;

  @ApiProperty({ type: [String], required: false, description: 'Absent when the key allows all' })
  readonly sensors?: readonly string[];

  @ApiProperty({ type: [String], required: false, description: 'Absent when the key allows all' })
  readonly zones?: readonly string[];

  @ApiProperty({ type: Number, required: false, description: 'Absent when LIMIT_KEY_READINGS applies' })
  readonly readingsPerSecond?: number;

  @ApiProperty({ type: Number, required: false, description: 'Absent when LIMIT_KEY_REQUESTS applies' })
  readonly requestsPerSecond?: number;

  @TimestampProperty('When it was made')
  readonly createdAt: string;

  @OptionalTime('When it becomes invalid')
  readonly expiresAt?: string;

  @OptionalTime('When it was revoked')
  readonly revokedAt?: string;

  @OptionalTime('When the last old secret of a rotation expires')
  readonly oldSecretEndsAt?: string;

  @OptionalTime('When it was last used')
  readonly lastUsedAt?: string;

  @ApiProperty({ type: Boolean, description: 'Whether this request was sent with it' })
  readonly current: boolean;

  /**
   * @param keyId of the key that the request was sent with
   * @param nowMs the time by which keys expire
   */
  constructor(key: Key, lastUsedMs: number | undefined, keyId: string | undefined, nowMs: number) {
    const oldEndsMs = Math.max(...key.secrets.map(({ endsMs = 0 }) => endsMs));
    this.id = key.id;
    this.name = key.name;
    this.role = key.role;
    this.state = stateOf(key, nowMs);
    this.sensors = key.sensors;
    this.zones = key.zones;
    this.readingsPerSecond = key.readingsPerSecond;
    this.requestsPerSecond = key.requestsPerSecond;
    this.createdAt = formatTimestamp(key.createdMs * 1000);
    this.expiresAt = timeOf(key.expiresMs);
    this.revokedAt = timeOf(key.revokedMs);
    this.oldSecretEndsAt = oldEndsMs > nowMs ? timeOf(oldEndsMs) : undefined;
    this.lastUsedAt = timeOf(lastUsedMs);
    this.current = key.id === keyId;
  }
}

/** A key with its new secret. */
export class MadeKeyDto extends KeyDto {
  @ApiProperty({
    type: String,
    description: 'The secret that a client sends. It is shown only once; the gateway stores only its hash',
    example: 'pxk_6nbYcXxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  })
  readonly key: string;

  constructor(
    { key, secret }: MadeKey,
    lastUsedMs: number | undefined,
    keyId: string | undefined,
    nowMs: number,
  ) {
    super(key, lastUsedMs, keyId, nowMs);
    this.key = secret;
  }
}

function timeOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatTimestamp(ms * 1000);
}

function OptionalTime(description: string): PropertyDecorator {
  return ApiProperty({ type: String, format: 'date-time', required: false, description });
}

function PerSecond(description: string): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    FiniteNumber('a number from 0 on', (value) => value >= 0),
    ApiProperty({ type: Number, required: false, minimum: 0, description }),
  );
}

/** Names of sensors or zones, where `*` stands for any characters; only a device's key has them. */
function Patterns(description: string, example: string[]): PropertyDecorator {
  const rule = `a list of 1 to ${MAX_PATTERNS} names, where * stands for any characters, each ${IDENTIFIER_RULE}; only for the role device`;
  const isRight = (value: unknown, { role }: NewKeyDto): boolean =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_PATTERNS &&
    value.every(isIdentifier) &&
    role === 'device';
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'patterns',
      validator: {
        validate: (value, args) => isRight(value, args?.object as NewKeyDto),
        defaultMessage: mustBe(rule),
      },
    }),
    ApiProperty({
      type: 'array',
      items: IDENTIFIER_SCHEMA,
      required: false,
      minItems: 1,
      maxItems: MAX_PATTERNS,
      description: `${description}; * stands for any characters. Only for the role device. If absent, all`,
      example,
    }),
  );
}
