import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsPort, MinLength, ValidateBy, ValidateIf, isURL } from 'class-validator';
import ipaddr from 'ipaddr.js';

import { mustBe } from '../validation/must-be.js';
import { DURATION_RULE, parseDuration } from './duration.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export const AUTH_MODES = ['on', 'off'] as const;
export const LOG_FORMATS = ['json', 'pretty'] as const;
export const TRACE_EXPORTERS = ['', 'otlp', 'console', 'none'] as const;
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const SAMPLERS = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [name, `parentbased_${name}`]);

const withInfluxDb = (config: GatewayConfig): boolean => config.INFLUXDB_URL !== undefined;

/** Everything that can be set from outside, by environment variable or .env; .env.example shows the same. */
export class GatewayConfig {
  /** Where InfluxDB 2 answers, such as http://localhost:8086. Without it readings live in DATA_DIR. */
  @ValidateIf(withInfluxDb)
  @IsHttpUrl()
  INFLUXDB_URL?: string;

  /** A token that may read and write INFLUXDB_BUCKET. Never printed. */
  @ValidateIf(withInfluxDb)
  @MinLength(1, {
    message: 'INFLUXDB_TOKEN must be set when INFLUXDB_URL is: a token that may read and write the bucket',
  })
  INFLUXDB_TOKEN = '';

  /** A file that holds the token, in place of INFLUXDB_TOKEN; as containers are given secrets. */
  INFLUXDB_TOKEN_FILE = '';

  /** The organization's name or id. */
  @ValidateIf(withInfluxDb)
  @MinLength(1, { message: "INFLUXDB_ORG must be set when INFLUXDB_URL is: the organization's name or id" })
  INFLUXDB_ORG = '';

  /** The bucket that readings are written to; it must exist. */
  @MinLength(1)
  INFLUXDB_BUCKET = 'predictiox';

  /** How long one call to the store may take before it counts as failed. */
  @IsDuration()
  STORE_TIMEOUT = '10s';

  /** How long the embedded store keeps readings; not set, for ever. InfluxDB's bucket has a retention of its own. */
  @IsRetention()
  READINGS_RETENTION = '';

  /** The address to listen on. The default is this machine alone; 0.0.0.0 is every network it is on. */
  @MinLength(1)
  HOST = '127.0.0.1';

  /** The TCP port to listen on; 0 takes a free one. */
  @IsPort({ message: mustBe('a number from 0 to 65535') })
  PORT = '8000';

  /** A PEM file with the certificate, and those that lead to its root, to serve HTTPS; read again when it changes. */
  @ValidateIf(({ TLS_CERT, TLS_KEY }: GatewayConfig) => TLS_CERT !== '' || TLS_KEY !== '')
  @MinLength(1, { message: 'TLS_CERT must be set when TLS_KEY is: a PEM file with the certificate' })
  TLS_CERT = '';

  /** A PEM file with the certificate's key. */
  @ValidateIf(({ TLS_CERT, TLS_KEY }: GatewayConfig) => TLS_CERT !== '' || TLS_KEY !== '')
  @MinLength(1, { message: "TLS_KEY must be set when TLS_CERT is: a PEM file with the certificate's key" })
  TLS_KEY = '';

  /** Connections that may be open at once; then the address that holds most gives way. A stream takes one. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1, 1_000_000)
  MAX_CONNECTIONS = 10_000;

  /** A request's headers must have arrived within so long from its first byte, or from when it connected. */
  @IsTimeout()
  HEADERS_TIMEOUT = '10s';

  /** The whole request must have; else it is answered 408. A device on a slow line needs more for a large batch. */
  @IsTimeout()
  REQUEST_TIMEOUT = '60s';

  /** How long requests are still taken after SIGTERM, while probes say that the gateway is not ready any more. */
  @IsDuration()
  SHUTDOWN_DELAY = '0s';

  /** "off" serves everybody without keys; else nobody is, once a key was made, and before it this machine alone. */
  @IsIn(AUTH_MODES, { message: mustBe(`one of ${AUTH_MODES.join(', ')}`) })
  AUTH: (typeof AUTH_MODES)[number] = 'on';

  /** A key of role admin, to begin with: 32 characters or more. Never printed. */
  @IsSecret()
  ADMIN_KEY = '';

  /** A file that holds it, in place of ADMIN_KEY; as containers are given secrets. */
  ADMIN_KEY_FILE = '';

  /** Readings a second that one key may send; 0 sets no limit. A key's own limit goes first. */
  @IsLimit()
  LIMIT_KEY_READINGS = 0;

  /** Requests a second that one key may send; 0 sets no limit. */
  @IsLimit()
  LIMIT_KEY_REQUESTS = 0;

  /** Readings a second that may come from one address, or one IPv6 network of 64 bits; 0 sets no limit. */
  @IsLimit()
  LIMIT_ADDRESS_READINGS = 0;

  /** Requests a second that may come from one address; 0 sets no limit. */
  @IsLimit()
  LIMIT_ADDRESS_REQUESTS = 0;

  /** Wrong keys a minute from one address that are answered 401; more are answered 429. 0 sets no limit. */
  @IsLimit()
  LIMIT_WRONG_KEYS = 20;

  /** Proxies whose X-Forwarded-For counts as a client's address: comma-separated addresses and networks. */
  @IsProxyList()
  TRUSTED_PROXIES = '';

  /** Web pages, by origin, that may call the gateway from a browser; comma-separated. */
  @IsOriginList()
  CORS_ORIGINS = 'http://localhost:3000,http://localhost:5173';

  /** The folder for all that the gateway keeps: embedded readings, the system log. One gateway a folder. */
  @MinLength(1)
  DATA_DIR = 'data';

  /** The largest request body in bytes; larger ones are answered 413. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1_024, 1_073_741_824)
  BODY_MAX_BYTES = 8_388_608;

  /** The most readings in one batch; larger ones are answered 413. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1, 100_000)
  BATCH_MAX_RECORDS = 10_000;

  /** Bytes the journal may hold before ingest answers 503. 1 GiB is about 10 million readings. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1_048_576, Number.MAX_SAFE_INTEGER)
  JOURNAL_MAX_BYTES = 1_073_741_824;

  /** Free bytes on the disk of DATA_DIR below which ingest answers 503, left for forwarding and the system log. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1_048_576, Number.MAX_SAFE_INTEGER)
  DISK_RESERVE_BYTES = 33_554_432;

  /** Bytes on disk for the answers to requests with an Idempotency-Key, which are kept for 24 hours. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(65_536, Number.MAX_SAFE_INTEGER)
  IDEMPOTENCY_MAX_BYTES = 67_108_864;

  /**
   * Bytes on disk for dead letters, about 550 each. Readings of a sensor whose dead letters take more than a tenth are refused,
   * and once all take as much, those of each sensor that has any. What was accepted before is never dropped.
   */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(65_536, Number.MAX_SAFE_INTEGER)
  DEAD_LETTERS_MAX_BYTES = 268_435_456;

  /** The most sensors there may be; readings of further ones are refused. Each takes 600 to 1,400 bytes of memory. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1, 10_000_000)
  MAX_SENSORS = 1_000_000;

  /** A sensor of which no reading was accepted for so long is called silent; a silent rule may call it so earlier. */
  @IsDuration()
  SENSOR_SILENT_AFTER = '5m';

  /** Readings kept in memory for clients of the live stream that lag behind or come back. */
  @Transform(({ value }) => Number(value))
  @IsWholeNumber(1_000, 10_000_000)
  STREAM_BUFFER_READINGS = 50_000;

  /** How often a client of the live stream that gets nothing else gets a heartbeat. */
  @IsDuration()
  STREAM_HEARTBEAT = '15s';

  /** How far ahead of the gateway's clock a timestamp may be; what is further ahead is refused. */
  @IsDuration()
  MAX_FUTURE = '1d';

  /** How long an entry of the system log is kept from when it came into it; unset, for as long as it is one of 100,000. */
  @IsRetention()
  LOG_RETENTION = '';

  /** The least important messages that are still logged. */
  @IsIn(LOG_LEVELS, { message: mustBe(`one of ${LOG_LEVELS.join(', ')}`) })
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** One JSON object a line for machines, or text for people; by default text on a terminal and JSON elsewhere. */
  @IsIn(LOG_FORMATS, { message: mustBe(`one of ${LOG_FORMATS.join(', ')}`) })
  LOG_FORMAT: (typeof LOG_FORMATS)[number] = process.stdout.isTTY ? 'pretty' : 'json';

  // OpenTelemetry's own variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Its
  // SDK reads them, and those on batches, limits, time-outs and certificates, itself; here they are checked.

  /** Where a collector takes spans by OTLP over HTTP, such as http://localhost:4318. Set, it turns traces on. */
  @IsCollector('OTEL_EXPORTER_OTLP_ENDPOINT')
  OTEL_EXPORTER_OTLP_ENDPOINT = '';

  /** The same as the whole address, with its path, for traces alone. */
  @IsCollector('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = '';

  /** How spans are written on their way to the collector. */
  @IsIn(OTLP_PROTOCOLS, { message: mustBe(`one of ${OTLP_PROTOCOLS.join(', ')}`) })
  OTEL_EXPORTER_OTLP_PROTOCOL: (typeof OTLP_PROTOCOLS)[number] = 'http/protobuf';

  /** What the collector asks for, as name=value,name=value; values are percent-encoded. Never printed. */
  OTEL_EXPORTER_OTLP_HEADERS = '';

  /** Where spans go: otlp, console or none; not set, otlp where a collector's address is. */
  @IsIn(TRACE_EXPORTERS, { message: mustBe('otlp, console or none') })
  OTEL_TRACES_EXPORTER: (typeof TRACE_EXPORTERS)[number] = '';

  /** Which traces are kept. */
  @IsIn(SAMPLERS, { message: mustBe(`one of ${SAMPLERS.join(', ')}`) })
  OTEL_TRACES_SAMPLER = 'parentbased_always_on';

  /** The share of traces that the samplers by ratio keep, 0 to 1. */
  @IsShare()
  OTEL_TRACES_SAMPLER_ARG = '';

  /** How this gateway is called in traces. */
  @MinLength(1)
  OTEL_SERVICE_NAME = 'predictionx';

  /** What else is said of it, as name=value,name=value. */
  OTEL_RESOURCE_ATTRIBUTES = '';

  /** "true" turns traces off, whatever else is set. */
  @IsIn(['true', 'false'], { message: mustBe('true or false') })
  OTEL_SDK_DISABLED = 'false';

  /** Whether requests and what they lead to are traced. */
  get isTracing(): boolean {
    if (this.OTEL_SDK_DISABLED === 'true' || this.OTEL_TRACES_EXPORTER === 'none') return false;
    return [
      this.OTEL_TRACES_EXPORTER,
      this.OTEL_EXPORTER_OTLP_ENDPOINT,
      this.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    ].some((value) => value !== '');
  }

  get headersTimeoutMs(): number {
    return Math.min(parseDuration(this.HEADERS_TIMEOUT) ?? 0, this.requestTimeoutMs);
  }

  get requestTimeoutMs(): number {
    return parseDuration(this.REQUEST_TIMEOUT) ?? 0;
  }

  get shutdownDelayMs(): number {
    return parseDuration(this.SHUTDOWN_DELAY) ?? 0;
  }

  get trustedProxies(): string[] {
    return splitList(this.TRUSTED_PROXIES);
  }

  get corsOrigins(): string[] {
    return splitList(this.CORS_ORIGINS);
  }

  get storeTimeoutMs(): number {
    return parseDuration(this.STORE_TIMEOUT) ?? 0;
  }

  get sensorSilentAfterMs(): number {
    return parseDuration(this.SENSOR_SILENT_AFTER) ?? 0;
  }

  get streamHeartbeatMs(): number {
    return parseDuration(this.STREAM_HEARTBEAT) ?? 0;
  }

  /** undefined when readings are kept for ever. */
  get readingsRetentionMs(): number | undefined {
    return parseDuration(this.READINGS_RETENTION);
  }

  /** Undefined when age alone removes no entry of the system log. */
  get logRetentionMs(): number | undefined {
    return parseDuration(this.LOG_RETENTION);
  }

  get maxFutureMs(): number {
    return parseDuration(this.MAX_FUTURE) ?? 0;
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function isHttpUrl(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    isURL(value, {
      protocols: ['http', 'https'],
      require_protocol: true,
      require_tld: false,
      disallow_auth: true,
    })
  );
}

function IsHttpUrl(): PropertyDecorator {
  // The value is not repeated: a wrong one may hold credentials.
  const message =
    'INFLUXDB_URL must be an http or https address such as http://localhost:8086, without user or password';
  return ValidateBy({ name: 'isHttpUrl', validator: { validate: isHttpUrl, defaultMessage: () => message } });
}

function IsCollector(name: string): PropertyDecorator {
  const validate = (value: unknown): boolean => value === '' || isHttpUrl(value);
  const message = `${name} must be an http or https address such as http://localhost:4318, without user or password`;
  return ValidateBy({ name: 'isCollector', validator: { validate, defaultMessage: () => message } });
}

function IsShare(): PropertyDecorator {
  const validate = (value: unknown): boolean => value === '' || (Number(value) >= 0 && Number(value) <= 1);
  return must('beShare', validate, 'a number from 0 to 1');
}

function IsWholeNumber(min: number, max: number): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  return must('beWholeNumber', validate, `a whole number from ${min} to ${max}`);
}

/** How much of something a second, or a minute; fractions are possible. */
function IsLimit(): PropertyDecorator {
  const toNumber = Transform(({ value }) => Number(value));
  const validate = (value: unknown): boolean => Number.isFinite(value) && Number(value) >= 0;
  return applyDecorators(toNumber, must('beLimit', validate, 'a number from 0 on'));
}

/** The value is not repeated: it is a secret all the same. */
function IsSecret(): PropertyDecorator {
  const validate = (value: unknown): boolean => value === '' || /^[\x21-\x7e]{32,512}$/.test(String(value));
  const message = 'ADMIN_KEY must be 32 to 512 printable ASCII characters without spaces';
  return ValidateBy({ name: 'isSecret', validator: { validate, defaultMessage: () => message } });
}

function IsProxyList(): PropertyDecorator {
  const isProxy = (value: string): boolean => ipaddr.isValid(value) || ipaddr.isValidCIDR(value);
  const validate = (value: unknown): boolean => splitList(String(value)).every(isProxy);
  return must('beProxyList', validate, 'a comma-separated list of addresses and networks such as 10.0.0.0/8');
}

function IsOriginList(): PropertyDecorator {
  const validate = (value: unknown): boolean => splitList(String(value)).every(isOrigin);
  return must('beOriginList', validate, 'a comma-separated list of origins such as http://localhost:3000');
}

function IsDuration(): PropertyDecorator {
  return must('beDuration', (value) => parseDuration(String(value)) !== undefined, DURATION_RULE);
}

/** Node takes 0 for no time-out at all. */
function IsTimeout(): PropertyDecorator {
  const validate = (value: unknown): boolean => (parseDuration(String(value)) ?? 0) >= 1_000;
  return must('beTimeout', validate, `${DURATION_RULE}, at least 1s`);
}

function IsRetention(): PropertyDecorator {
  const validate = (value: unknown): boolean => value === '' || (parseDuration(String(value)) ?? 0) >= 1_000;
  return must('beRetention', validate, `${DURATION_RULE}, at least 1s`);
}

function must(name: string, validate: (value: unknown) => boolean, rule: string): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: mustBe(rule) } });
}

function isOrigin(value: string): boolean {
  return isHttpUrl(value) && new URL(value).origin === value;
}
