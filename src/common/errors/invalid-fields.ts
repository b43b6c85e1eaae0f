import type { ErrorCode } from './error-codes.js';
import { GatewayError } from './gateway-error.js';
import type { Problems } from './problems.js';

/** @returns the error for wrong fields: `detail` has all sentences, `errors` those that belong to a field */
export function invalidFields(code: ErrorCode, { named, more, count }: Problems): GatewayError {
  const detail = named.map(({ message }) => message).join('; ');
  // First, because it may be a long list.
  const total = more > 0 ? `${count} fields are wrong; the first ${named.length}: ` : '';
  return new GatewayError(code, total + detail, { errors: named.filter(({ path }) => path !== '') });
}
