import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

import { RULE_DTOS } from './rule.dto.js';

const DTOS = [...new Set(Object.values(RULE_DTOS))];

const RULE = {
  oneOf: DTOS.map((dto) => ({ $ref: getSchemaPath(dto) })),
  discriminator: {
    propertyName: 'kind',
    mapping: Object.fromEntries(Object.entries(RULE_DTOS).map(([kind, dto]) => [kind, getSchemaPath(dto)])),
  },
};

const ANSWERED = { allOf: [RULE, { type: 'object', required: ['id', 'name', 'since'] }] };

/** Documents a route that takes a rule. */
export function ApiRuleBody(): MethodDecorator {
  return applyDecorators(ApiExtraModels(...DTOS), ApiBody({ schema: RULE }));
}

/** Documents a route that answers with a rule. */
export function ApiRule(status: 'ok' | 'created' = 'ok'): MethodDecorator {
  const response = status === 'ok' ? ApiOkResponse : ApiCreatedResponse;
  return applyDecorators(ApiExtraModels(...DTOS), response({ schema: ANSWERED }));
}

/** Documents a route that answers with several. */
export function ApiRules(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(...DTOS),
    ApiOkResponse({ schema: { type: 'array', items: ANSWERED } }),
  );
}
