import type { LoggerService } from '@nestjs/common';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

import type { GatewayConfig } from '../config/gateway-config.js';

type Level = GatewayConfig['LOG_LEVEL'];

/** Nest tells of every module and route it sets up: detail, unless something is wrong. */
const NEST_CONTEXTS = [
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
];

/** Makes the process's log: JSON a line on standard output, or text for people. */
export function createLogger({
  LOG_LEVEL,
  LOG_FORMAT,
}: Pick<GatewayConfig, 'LOG_LEVEL' | 'LOG_FORMAT'>): PinoLogger {
  const options = { level: LOG_LEVEL, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime };
  const text = { ignore: 'pid,context', translateTime: 'SYS:HH:MM:ss.l', sync: true };
  return new PinoLogger(LOG_FORMAT === 'pretty' ? pino(options, pretty(text)) : pino(options));
}

/** Nest's log calls, passed on to pino. Nest hands the context over as the last argument. */
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
    const context = rest.at(-1);
    if (message instanceof Error) {
      // Only what is known to be harmless: an error's other fields may hold a request's headers.
      const { name, message: text, stack } = message;
      this.pino[level]({ context, err: { type: name, message: text, stack } }, text);
    } else {
      this.pino[level]({ context }, String(message));
    }
  }
}
