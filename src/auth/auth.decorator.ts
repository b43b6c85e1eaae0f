import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import type { Role } from './key.js';

/** Who may use a route: anyone, or a key of this role. An admin's key may use every route. */
export type RequiredRole = 'public' | Role;

/** Sets who may use a route, and documents the errors of that. A route without this decorator is for admins only. */
export function Auth(requiredRole: RequiredRole): MethodDecorator {
  const route = RouteConfig({ requiredRole });
  if (requiredRole === 'public') return applyDecorators(route, ApiErrors('LOCAL_ONLY'));
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
