import type { LoggerService } from '@nestjs/common';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

import type { LoggingConfig } from '../config/sections/logging.config.js';
import { REDACTED } from './scrub.js';

type Level = LoggingConfig['level'];

/** Nest logs every module and route that it sets up: that is level debug, unless something is wrong. */
const NEST_CONTEXTS = [
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
];

/** The fields of a line besides its message. Only plain values, so that no request with its headers is logged. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Fields that may hold credentials. */
const SECRET_FIELDS = [
  'authorization',
  'x-api-key',
  'apiKey',
  'key',
  'token',
  'secret',
  'password',
  'cookie',
].flatMap((name) => [`["${name}"]`, `err["${name}"]`]);

/** Makes the logger of the process: JSON lines on standard output, or plain text, without credentials. */
export function createLogger({ level, format }: LoggingConfig, scrub: (text: string) => string): PinoLogger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: SECRET_FIELDS, censor: REDACTED },
    hooks: { streamWrite: scrub },
  };
  const text = { ignore: 'pid,context', translateTime: 'SYS:HH:MM:ss.l', sync: true };
  return new PinoLogger(format === 'pretty' ? pino(options, pretty(text)) : pino(options));
}

/**
 * Passes Nest's log calls to pino. Nest passes the context as the last argument; an object before it holds the fields of
 * the line.
 */
export class PinoLogger implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(NEST_CONTEXTS.includes(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const fields = { context: rest.at(-1), ...plainFields(rest) };
    if (message instanceof Error) {
      // Only the harmless fields: the others of an error may hold the headers of a request.
      const { name, message: text, stack } = message;
      this.pino[level]({ ...fields, err: { type: name, message: text, stack } }, text);
    } else {
      this.pino[level](fields, String(message));
    }
  }
}

function plainFields(rest: readonly unknown[]): LogFields {
  const fields = rest.find((one) => typeof one === 'object' && one !== null) ?? {};
  const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isPlain(value)));
}
