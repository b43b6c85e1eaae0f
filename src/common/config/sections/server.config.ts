import { networks, origins, port, publicUrl, text, textWith, timer, wholeNumber } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type ServerConfig = ValuesOf<typeof SERVER>;

/** The port, its connections, and who may call the gateway through a proxy or from a web page. */
export const SERVER = {
  /** The host name or IP address to listen on. The default accepts local connections only; 0.0.0.0 is every network. */
  host: text('HOST', '127.0.0.1'),

  /** The TCP port to listen on; 0 takes a free one. */
  port: port('PORT', '8000'),

  /** A PEM file with the certificate chain, to serve HTTPS; the gateway reads it again when it changes. */
  tlsCert: textWith('TLS_KEY', 'TLS_CERT', 'a PEM file with the certificate'),

  /** A PEM file with the certificate's key. */
  tlsKey: textWith('TLS_CERT', 'TLS_KEY', "a PEM file with the certificate's key"),

  /** Connections that may be open at once; then a new one replaces one of the IP address with most. A stream takes one. */
  maxConnections: wholeNumber('MAX_CONNECTIONS', 10_000, 1, 1_000_000),

  /** A request's headers must arrive within this time after its first byte, or after the client connected. */
  headersTimeoutMs: timer('HEADERS_TIMEOUT', '10s'),

  /**
   * The whole request must arrive within this time; else the answer is 408. A device on a slow line needs more for a large
   * batch.
   */
  requestTimeoutMs: timer('REQUEST_TIMEOUT', '60s'),

  /** How long the gateway still accepts requests after SIGTERM, while probes say that it is not ready any more. */
  shutdownDelayMs: timer('SHUTDOWN_DELAY', '0s', '0s'),

  /**
   * The URL by which clients reach the gateway through a proxy, such as https://example.com/predictionx. The proxy must remove its
   * path.
   */
  publicUrl: publicUrl('PUBLIC_URL'),

  /**
   * Proxies whose X-Forwarded-For names the client, and whose X-Forwarded-Host, -Proto and -Prefix name the URL by which clients reach
   * the gateway: comma-separated IP addresses and networks.
   */
  trustedProxies: networks('TRUSTED_PROXIES'),

  /** Web pages, by origin, that may call the gateway from a browser; comma-separated. */
  corsOrigins: origins('CORS_ORIGINS', 'http://localhost:3000,http://localhost:5173'),

  /** The largest request body in bytes; larger ones are answered 413. */
  bodyMaxBytes: wholeNumber('BODY_MAX_BYTES', 8_388_608, 1_024, 1_073_741_824),
} as const;
