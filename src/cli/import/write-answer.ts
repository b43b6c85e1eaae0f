import {
  firstWords,
  GatewayClientError,
  type GatewayResponse,
  isOfGateway,
  messageOf,
} from '../gateway-client.js';

/** Where readings are written to, in line protocol. */
export const WRITE_PATH = 'api/v2/write?precision=us';

/**
 * Only 204 means that a gateway has the readings: whatever stands before it, such as the login page of a proxy, may answer 200.
 * @returns why nothing can be written, for any other answer to a write
 */
export function explainAnswer(response: GatewayResponse): GatewayClientError {
  const { url, status, headers, text } = response;
  if (!isOfGateway(response)) {
    const location = headers.get('location');
    const target = location === null ? '' : `, a redirect to ${firstWords(location)}`;
    const words = firstWords(text);
    return new GatewayClientError(
      `${url} answers ${status}${target}${words && ` ("${words}")`}, but not as a PredictionX gateway does, so nothing says that the readings are stored. Check --url, and what stands between this machine and the gateway`,
    );
  }
  const answer = `${url} answers ${status}: ${messageOf(response) ?? ''}`;
  if (status === 403)
    return new GatewayClientError(`${answer}. Use a key of role device or admin (--key, or PREDICTIONX_KEY)`);
  return new GatewayClientError(
    status === 400
      ? `${answer}. It cannot read what this command sent. This is a fault of the command; please report it`
      : answer,
  );
}
