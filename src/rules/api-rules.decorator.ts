import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  getSchemaPath,
} from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { NamedSchema } from '../common/openapi/named-schema.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import { KeptRuleDto, RULE_DTOS, RuleDto } from './rule.dto.js';
import { TryRuleDto } from './try-rule.dto.js';

const DTOS = [...new Set(Object.values(RULE_DTOS))];

NamedSchema(RuleDto, {
  description:
    'A rule as clients send it: of one kind, about one sensor, the sensors of a zone, or all sensors',
  oneOf: DTOS.map((dto) => ({ $ref: getSchemaPath(dto) })),
  discriminator: {
    propertyName: 'kind',
    mapping: Object.fromEntries(Object.entries(RULE_DTOS).map(([kind, dto]) => [kind, getSchemaPath(dto)])),
  },
  not: { required: ['sensorId', 'zone'] },
});
NamedSchema(KeptRuleDto, {
  description: 'A rule in responses',
  allOf: [
    { $ref: getSchemaPath(RuleDto) },
    {
      type: 'object',
      properties: {
        id: { type: 'string' },
        name: { type: 'string' },
        since: {
          type: 'string',
          format: 'date-time',
          description: 'Since when the rule judges as it does now',
        },
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

const BODY_ERRORS = ['INVALID_RULE', 'INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;
const CHANGE_ERRORS = ['JOURNAL_UNAVAILABLE', 'TOO_BUSY'] as const;

export function ApiListRules(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'listRules', summary: 'All rules, ordered by name' }),
    ApiExtraModels(...DTOS),
    ApiOkResponse({ schema: { type: 'array', items: KEPT_RULE } }),
  );
}

export function ApiCreateRule(): MethodDecorator {
  const schema = { allOf: [{ $ref: getSchemaPath(RuleDto) }], not: { required: ['id'] } };
  return applyDecorators(
    ApiOperation({
      operationId: 'createRule',
      summary: 'Creates a rule; it judges the readings that are accepted after the response',
    }),
    ApiExtraModels(...DTOS),
    ApiBody({ schema, examples: EXAMPLES }),
    ApiCreatedResponse({ schema: KEPT_RULE }),
    ApiErrors(...BODY_ERRORS, 'TOO_MANY_RULES', ...CHANGE_ERRORS),
  );
}

export function ApiTryRule(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'tryRule',
      summary: "The events that a rule would have made of a sensor's history, oldest first; nothing is saved",
    }),
    ApiBody({
      type: TryRuleDto,
      examples: {
        above: { value: { rule: { kind: 'above', threshold: 80 }, sensorId: 'sensor_001', from: '-7d' } },
      },
    }),
    ApiOkResponse({ type: [LogEntryDto] }),
    ApiErrors(...BODY_ERRORS, 'INVALID_PARAMETER', 'STORE_UNAVAILABLE', 'TOO_BUSY'),
  );
}

export function ApiGetRule(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getRule', summary: 'One rule' }),
    ApiExtraModels(...DTOS),
    ApiOkResponse({ schema: KEPT_RULE }),
    ApiErrors('INVALID_PARAMETER', 'RULE_NOT_FOUND'),
  );
}

export function ApiReplaceRule(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'replaceRule',
      summary: 'Replaces a rule; unless only its name changes, the rule starts over with every sensor',
    }),
    ApiExtraModels(...DTOS),
    ApiBody({ schema: { $ref: getSchemaPath(RuleDto) }, examples: EXAMPLES }),
    ApiOkResponse({ schema: KEPT_RULE }),
    ApiErrors(...BODY_ERRORS, 'INVALID_PARAMETER', 'RULE_NOT_FOUND', ...CHANGE_ERRORS),
  );
}

export function ApiDeleteRule(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'deleteRule',
      summary: 'Deletes a rule; the events that it made stay in the system log',
    }),
    ApiNoContentResponse(),
    ApiErrors('INVALID_PARAMETER', 'RULE_NOT_FOUND', ...CHANGE_ERRORS),
  );
}
