import { formatValue } from '../../common/errors/format-value.js';
import { GatewayError } from '../../common/errors/gateway-error.js';

/**
 * Reads Content-Encoding. x-gzip is gzip (RFC 9110, 8.4.1.3), and identity says nothing, like an empty header.
 * @returns whether the body is gzip
 * @throws GatewayError INVALID_ENCODING for any other encoding, and for several
 */
export function isGzip(contentEncoding: string | undefined): boolean {
  if (contentEncoding === undefined) return false;
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const [coding, ...more] = codings;
  if (coding === undefined) return false;
  if ((coding === 'gzip' || coding === 'x-gzip') && more.length === 0) return true;
  throw new GatewayError(
    'INVALID_ENCODING',
    `Content-Encoding must be gzip or identity, got ${formatValue(contentEncoding)}`,
  );
}
