import { oneOf, retention } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type LoggingConfig = ValuesOf<typeof LOGGING>;

/** What the process logs, and how long the system log is kept. */
export const LOGGING = {
  /** The least important messages that are still logged. */
  level: oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'info'),

  /** One JSON object a line for machines, or plain text; by default text on a terminal and JSON elsewhere. */
  format: oneOf('LOG_FORMAT', ['json', 'pretty'], process.stdout.isTTY ? 'pretty' : 'json'),

  /** How long an entry of the system log is kept after it was written; undefined, while it is one of the newest 100,000. */
  systemLogRetentionMs: retention('LOG_RETENTION'),
} as const;
