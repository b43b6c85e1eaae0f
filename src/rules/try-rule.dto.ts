import { ApiProperty, getSchemaPath } from '@nestjs/swagger';

import { OptionalIdentifier } from '../model/identifier.decorator.js';
import { RangeEnd } from '../model/time-range.js';
import { Nested, RefusedAs } from '../common/validation/dto-shape.js';
import { RuleDto } from './rule.dto.js';

/** A rule, and the part of a sensor's history that it is tried on. */
@RefusedAs('INVALID_RULE')
export class TryRuleDto {
  @Nested(RuleDto)
  @ApiProperty({ allOf: [{ $ref: getSchemaPath(RuleDto) }] })
  rule!: RuleDto;

  @OptionalIdentifier(
    'The sensor whose history it is; a rule about one sensor names it already',
    'sensor_001',
  )
  sensorId?: string;

  @RangeEnd('The first time; by default 24 hours before to')
  from?: string;

  @RangeEnd('The time that is not part of the range any more; by default now')
  to?: string;
}
