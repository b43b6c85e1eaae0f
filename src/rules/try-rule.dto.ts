import { ApiProperty, getSchemaPath } from '@nestjs/swagger';

import { OptionalIdentifier } from '../model/identifier.decorator.js';
import { RangeEnd } from '../model/time-range.js';
import { Nested, RefusedAs } from '../common/validation/dto-shape.js';
import { RuleDto } from './rule.dto.js';

/** A rule, and the part of a sensor's history to try it on. */
@RefusedAs('INVALID_RULE')
export class TryRuleDto {
  @Nested(RuleDto)
  @ApiProperty({ allOf: [{ $ref: getSchemaPath(RuleDto) }] })
  rule!: RuleDto;

  @OptionalIdentifier(
    'The sensor whose history the rule is tried on; not needed where the rule names a sensor',
    'sensor_001',
  )
  sensorId?: string;

  @RangeEnd('The first time; by default 24 hours before to')
  from?: string;

  @RangeEnd('The end of the range, itself excluded; by default now')
  to?: string;
}
