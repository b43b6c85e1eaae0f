import {
  type GatewayClient,
  GatewayClientError,
  type GatewayKeyError,
  NoResponseError,
  type OnWait,
  type Patience,
} from '../gateway-client.js';
import { explainAnswer, WRITE_PATH } from './write-answer.js';

/** How long the command waits for a gateway that never answered. */
const UNREACHABLE_MS = 10_000;
const NO_SUCH_HOST = ['ENOTFOUND', 'EAI_AGAIN'];
const IS_TLS = /CERT|SELF_SIGNED|TLS|SSL|EPROTO|UNABLE_TO_/;
const FIRST_CONTACT: Patience = {
  unreachableMs: UNREACHABLE_MS,
  isFinal: (code) => code === 'ENOTFOUND' || IS_TLS.test(code),
};

/**
 * Makes sure, before anything is sent, that the URL is that of a gateway and that the key may write. A gateway that is starting
 * or full is waited for.
 * @throws GatewayClientError, whose message says what to do
 */
export async function findGateway(client: GatewayClient, signal: AbortSignal, onWait: OnWait): Promise<void> {
  const { page } = client;
  try {
    const ping = await client.request('GET', 'ping', undefined, signal, onWait, FIRST_CONTACT);
    const location = ping.headers.get('location');
    if (ping.status >= 300 && ping.status < 400 && location !== null)
      throw new GatewayClientError(`${page} redirects to ${location}; give --url the URL where it ends`);
    if (!ping.headers.get('x-influxdb-version')?.startsWith('predictionx'))
      throw new GatewayClientError(
        `${page}ping answers ${ping.status}, but not as a PredictionX gateway does. Check --url: the host, the port, and the path if the gateway is behind a proxy`,
      );
    // A comment is no reading: the gateway checks the key, and stores nothing.
    const answer = await client.request('POST', WRITE_PATH, '# import', signal, onWait, FIRST_CONTACT);
    if (answer.status !== 204) throw explainAnswer(answer);
  } catch (error) {
    throw error instanceof NoResponseError ? new GatewayClientError(explain(error, page)) : error;
  }
}

/** @returns what a key error means for somebody who imports a file */
export function explainKeyError(error: GatewayKeyError, key: string | undefined): string {
  const problem = (key ?? '') === '' ? 'it requires a key' : 'this key is not valid';
  return `${error.message}. The gateway is protected, and ${problem}: give one of role device or admin with --key or PREDICTIONX_KEY. "npm run keys -- create --name import --role device" makes one on the gateway's machine`;
}

function explain({ reason, code = '', status }: NoResponseError, page: string): string {
  const { protocol, hostname } = new URL(page);
  if (status !== undefined)
    return `${page} answers ${status}: ${reason}. Check that the gateway runs, and --url`;
  if (code === 'ECONNREFUSED')
    return `No gateway listens at ${page} (${reason}). Start it ("npm start"), or set --url`;
  if (NO_SUCH_HOST.includes(code))
    return `The host ${hostname} is not known (${reason}). Check --url, and that this machine has a network`;
  if (code === 'EPROTO' || code.includes('WRONG_VERSION'))
    return `${page} does not speak HTTPS (${code}). Try http:// in --url`;
  if (IS_TLS.test(code))
    return `The certificate of ${page} is not trusted (${reason}). Name a certificate authority of your own with NODE_EXTRA_CA_CERTS=FILE.pem, and use the host name that is in the certificate`;
  if (protocol === 'http:' && (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET'))
    return `${page} closes the connection (${reason}). If it speaks HTTPS, write https:// in --url`;
  return `${page} does not respond (${reason}). Check --url, and that a firewall lets this machine through`;
}
