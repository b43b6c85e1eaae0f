import { NoResponseError } from '../gateway-client.js';
import { FileChangedError } from './file-identity.js';
import { ImportFileError } from './import-file-error.js';
import { count } from '../number-text.js';

/** How an import ended before its end. */
export interface Stop {
  /** The gateway has confirmed the rows up to this line; 0 when it confirmed none. */
  readonly line: number;
  /** Whether the progress is kept. */
  readonly isKept: boolean;
  /** Absent when it was interrupted. */
  readonly error?: unknown;
}

/** @returns up to where the import came, and whether the same command would go on */
export function adviseAfterStop({ line, isKept, error }: Stop): string {
  if (error instanceof FileChangedError)
    return 'It must be imported from its beginning again; equal readings are stored once';
  const place =
    line === 0 ? 'Stopped before the gateway confirmed a row' : `Stopped after line ${count(line)}`;
  if (error instanceof ImportFileError)
    return line === 0 ? place : `${place}. The rows up to there are sent, and none after it`;
  const start = isKept && line > 0 ? 'it goes on there' : 'it starts from the beginning';
  return `${place}. ${runWhen(error)} the same command again: ${start}, and no reading is stored twice`;
}

function runWhen(error: unknown): string {
  if (error === undefined) return 'Run';
  return error instanceof NoResponseError
    ? 'When the gateway responds again, run'
    : 'Once the cause is removed, run';
}
