import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, ValidateBy, ValidateIf } from 'class-validator';

import { NewName, OptionalIdentifier } from '../model/identifier.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';
import { OneOf, RefusedAs } from '../common/validation/dto-shape.js';
import { FiniteNumber } from '../common/validation/finite-number.decorator.js';
import { mustBe } from '../common/validation/must-be.js';
import type { NewRule, Rule, RuleKind } from './rule.js';

/** A year. Nobody waits longer for an event. */
const MAX_SECONDS = 31_536_000;

/** The fields of rules of all kinds. Further fields depend on the kind. */
export abstract class RuleBodyDto {
  @NewName('What people call the rule; by default its condition', undefined, false)
  name?: string;

  @OptionalIdentifier('The one sensor that the rule is about')
  sensorId?: string;

  @ValidateIf((_, value) => value !== undefined)
  @ValidateBy({
    name: 'eitherSensorOrZone',
    validator: {
      validate: (_, args) => (args?.object as RuleBodyDto).sensorId === undefined,
      defaultMessage: mustBe('absent where sensorId names one sensor'),
    },
  })
  @OptionalIdentifier('The zone whose sensors the rule is about. Without sensorId and zone: all sensors')
  zone?: string;

  @GivenByGateway('The id that the gateway gave the rule')
  id?: string;

  @GivenByGateway('Since when the rule judges as it does now')
  since?: string;

  abstract kind: RuleKind;

  /** The rule that was sent, without its id and since. */
  abstract toRule(): NewRule;

  /** The part of it that all kinds have. */
  protected named(defaultName: string): Pick<NewRule, 'name' | 'sensorId' | 'zone'> {
    const { name = defaultName, sensorId, zone } = this;
    return { name, ...(sensorId !== undefined && { sensorId }), ...(zone !== undefined && { zone }) };
  }
}

export class LevelRuleDto extends RuleBodyDto {
  @Kind('above', 'below')
  kind!: 'above' | 'below';

  @FiniteNumber()
  @ApiProperty({ type: Number, description: 'Values above it, or below it, are critical', example: 80 })
  threshold!: number;

  @FiniteNumber('a number from 0 on', (value) => value >= 0)
  @ApiProperty({
    type: Number,
    required: false,
    minimum: 0,
    default: 0,
    description: 'How far a value must come back across the threshold to be normal again',
    example: 2,
  })
  hysteresis = 0;

  @FiniteNumber(`a number of seconds from 0 to ${MAX_SECONDS}`, (value) => value >= 0 && value <= MAX_SECONDS)
  @ApiProperty({
    type: Number,
    required: false,
    minimum: 0,
    maximum: MAX_SECONDS,
    default: 0,
    description:
      'How long values must stay beyond the threshold first; a value that does not restarts the wait',
  })
  forSeconds = 0;

  toRule(): NewRule {
    const { kind, threshold, hysteresis, forSeconds } = this;
    return { ...this.named(`${kind} ${threshold}`), kind, threshold, hysteresis, forSeconds };
  }
}

export class RateRuleDto extends RuleBodyDto {
  @Kind('rate')
  kind!: 'rate';

  @FiniteNumber('a number above 0', (value) => value > 0)
  @ApiProperty({
    type: Number,
    minimum: 0,
    exclusiveMinimum: true,
    description: 'The fastest change that is normal, up or down, from one reading to the next',
    example: 0.5,
  })
  perSecond!: number;

  toRule(): NewRule {
    const { kind, perSecond } = this;
    return { ...this.named(`more than ${perSecond} a second`), kind, perSecond };
  }
}

export class SilentRuleDto extends RuleBodyDto {
  @Kind('silent')
  kind!: 'silent';

  @FiniteNumber(`a number of seconds from 1 to ${MAX_SECONDS}`, (value) => value >= 1 && value <= MAX_SECONDS)
  @ApiProperty({
    type: Number,
    minimum: 1,
    maximum: MAX_SECONDS,
    description:
      'Seconds since a reading was last accepted, whatever its timestamp, while the gateway runs; no change of its clock counts',
    example: 60,
  })
  afterSeconds!: number;

  toRule(): NewRule {
    const { kind, afterSeconds } = this;
    return { ...this.named(`silent for ${afterSeconds} s`), kind, afterSeconds };
  }
}

export class AnomalyRuleDto extends RuleBodyDto {
  @Kind('anomaly')
  kind!: 'anomaly';

  @FiniteNumber('a number from 0 to 1', (value) => value >= 0 && value <= 1)
  @ApiProperty({
    type: Number,
    required: false,
    minimum: 0,
    maximum: 1,
    default: 0.5,
    description: 'How easily the rule makes an event: 0 almost never, 1 at the slightest deviation',
  })
  sensitivity = 0.5;

  toRule(): NewRule {
    const { kind, sensitivity } = this;
    return { ...this.named('unusual values'), kind, sensitivity };
  }
}

/** The class of each kind of rule. */
export const RULE_DTOS = {
  above: LevelRuleDto,
  below: LevelRuleDto,
  rate: RateRuleDto,
  silent: SilentRuleDto,
  anomaly: AnomalyRuleDto,
} as const satisfies Record<RuleKind, unknown>;

/** A rule as clients send it: one of the classes above. */
@RefusedAs('INVALID_RULE')
@OneOf('kind', RULE_DTOS)
export abstract class RuleDto extends RuleBodyDto {}

/** A rule in responses, for the OpenAPI document. */
export abstract class KeptRuleDto extends RuleBodyDto {}

/** A rule as responses show it. */
export function toResponse({ sinceMs, sinceRunningMs: _, ...rule }: Rule): object {
  const { id, name, sensorId, zone, kind, ...rest } = rule;
  return { id, name, sensorId, zone, kind, ...rest, since: formatTimestamp(sinceMs * 1000) };
}

function Kind(...kinds: readonly RuleKind[]): PropertyDecorator {
  return applyDecorators(IsIn([...kinds]), ApiProperty({ enum: kinds }));
}

/** A field of responses. A client may send it back as it was; that changes nothing. */
function GivenByGateway(description: string): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'givenByGateway',
      validator: {
        validate: (value) => typeof value === 'string',
        defaultMessage: mustBe('the value that the gateway gave, or absent'),
      },
    }),
    ApiProperty({ type: String, required: false, description }),
  );
}
