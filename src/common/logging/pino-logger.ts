import type { LoggerService } from '@nestjs/common';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

import type { LoggingConfig } from '../config/sections/logging.config.js';
import { REDACTED } from './scrub.js';

type Level = LoggingConfig['level'];

/** Nest tells of every module and route it sets up: detail, unless something is wrong. */
const NEST_CONTEXTS = [
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
];

/** What a line says beside its message. Only plain values: no request can be in it, with its headers. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Fields that hold credentials wherever they come from. */
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

/** Makes the process's log: JSON a line on standard output, or text for people. No credential gets into it. */
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
 * Nest's log calls, passed on to pino. Nest hands the context over as the last argument; an object before it holds
 * fields of the line.
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
      // Only what is known to be harmless: an error's other fields may hold a request's headers.
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
