import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import type { Role } from './key.js';

/** Who may use a route: anybody, or those with a key of a role. An admin may use every route. */
export type RouteAccess = 'public' | Role;

/** Says who may use a route. A route without it is for admins alone. */
export function Access(access: RouteAccess): MethodDecorator {
  const route = RouteConfig({ access });
  if (access === 'public') return applyDecorators(route, ApiErrors('LOCAL_ONLY'));
  return applyDecorators(
    route,
    ApiBearerAuth(),
    ApiSecurity('api-key'),
    ApiErrors(
      'KEY_REQUIRED',
      'KEY_INVALID',
      'ROLE_NOT_ALLOWED',
      'LOCAL_ONLY',
      'RATE_LIMITED',
      'TOO_MANY_WRONG_KEYS',
    ),
  );
}
