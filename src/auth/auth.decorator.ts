import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBasicAuth, ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import type { Role } from './key.js';

/** Who may use a route: anyone, or a key of this role. An admin's key may use every route. */
export type RequiredRole = 'public' | Role;

interface AuthOptions {
  readonly takesBasic?: boolean;
  readonly endsWithKey?: boolean;
}

/**
 * Sets who may use a route, and documents the errors of that. A route without this decorator is for admins only.
 * @param options.takesBasic whether the key may also be the password of `Authorization: Basic`
 * @param options.endsWithKey whether a response that is streamed ends when the key becomes invalid; with GET it always does
 */
export function Auth(
  requiredRole: RequiredRole,
  { takesBasic = false, endsWithKey = false }: AuthOptions = {},
): MethodDecorator {
  const route = RouteConfig({ requiredRole, takesBasic, endsWithKey });
  if (requiredRole === 'public') return applyDecorators(route, ApiErrors('LOCAL_ONLY'));
  return applyDecorators(
    route,
    ApiBearerAuth(),
    ApiSecurity('api-key'),
    ...(takesBasic ? [ApiBasicAuth()] : []),
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
