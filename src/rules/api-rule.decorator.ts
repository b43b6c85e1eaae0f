import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

import { NamedSchema } from '../common/openapi/named-schema.js';
import { KeptRuleDto, RULE_DTOS, RuleDto } from './rule.dto.js';

const DTOS = [...new Set(Object.values(RULE_DTOS))];

NamedSchema(RuleDto, {
  description: 'A rule as it is sent: of one kind, and about one sensor, or the sensors of a zone, or all',
  oneOf: DTOS.map((dto) => ({ $ref: getSchemaPath(dto) })),
  discriminator: {
    propertyName: 'kind',
    mapping: Object.fromEntries(Object.entries(RULE_DTOS).map(([kind, dto]) => [kind, getSchemaPath(dto)])),
  },
  not: { required: ['sensorId', 'zone'] },
});
NamedSchema(KeptRuleDto, {
  description: 'A rule as it is answered',
  allOf: [
    { $ref: getSchemaPath(RuleDto) },
    {
      type: 'object',
      properties: {
        id: { type: 'string' },
        name: { type: 'string' },
        since: { type: 'string', format: 'date-time', description: 'From when on it is judged as it is' },
      },
      required: ['id', 'name', 'since'],
    },
  ],
});

const KEPT_RULE = { $ref: getSchemaPath(KeptRuleDto) };

const EXAMPLES = {
  above: { value: { kind: 'above', zone: 'zone_A', threshold: 80, hysteresis: 2, forSeconds: 60 } },
  rate: { value: { kind: 'rate', sensorId: 'sensor_001', perSecond: 0.5 } },
  silent: { value: { kind: 'silent', name: 'Gone quiet', afterSeconds: 60 } },
  anomaly: { value: { kind: 'anomaly', zone: 'zone_A', sensitivity: 0.5 } },
};

/** Documents a route that takes a rule; a new one has no id yet. */
export function ApiRuleBody({ isNew = false } = {}): MethodDecorator {
  const rule = { $ref: getSchemaPath(RuleDto) };
  const schema = isNew ? { allOf: [rule], not: { required: ['id'] } } : rule;
  return applyDecorators(ApiExtraModels(...DTOS), ApiBody({ schema, examples: EXAMPLES }));
}

/** Documents a route that answers with a rule. */
export function ApiRule(status: 'ok' | 'created' = 'ok'): MethodDecorator {
  const response = status === 'ok' ? ApiOkResponse : ApiCreatedResponse;
  return applyDecorators(ApiExtraModels(...DTOS), response({ schema: KEPT_RULE }));
}

/** Documents a route that answers with several. */
export function ApiRules(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(...DTOS),
    ApiOkResponse({ schema: { type: 'array', items: KEPT_RULE } }),
  );
}
