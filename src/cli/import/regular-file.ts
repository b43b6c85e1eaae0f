import { constants, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

import { explainAccess } from '../../common/errors/explain-access.js';
import { ImportFileError } from './import-file-error.js';

/**
 * Looks at a file without opening it: to open a pipe would wait for its other end.
 * @throws ImportFileError when it is no file with content, or cannot be found
 */
export async function statRegularFile(file: string): Promise<Stats> {
  const found = await stat(file).catch((error: unknown) => {
    if (file === '-') throw new ImportFileError(`- is no file, and ${NO_INPUT}`);
    throw toFileError(file, error);
  });
  if (found.isDirectory()) throw new ImportFileError(`${file} is a folder; name a file in it`);
  if (!found.isFile()) throw new ImportFileError(`${file} is a pipe or a device, and ${NO_INPUT}`);
  if (found.size === 0) throw new ImportFileError(`${file} is empty`);
  return found;
}

const NO_INPUT =
  'an import cannot read what another program writes, because it must read a file again after an interruption: write it into a file, and import that';

const MAY_NOT = 'this user may not read it';
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EACCES: MAY_NOT,
  EPERM: MAY_NOT,
  Z_DATA_ERROR: 'the gzip file is damaged',
  Z_BUF_ERROR: 'the gzip file is cut off: its end is missing',
};

/** @returns an ImportFileError for an error of the system or of unpacking, which has a code; another error as it is */
export function toFileError(file: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ImportFileError || code === undefined) return error;
  const forbidden = REASONS[code] === MAY_NOT ? explainAccess(file, constants.R_OK) : undefined;
  const reason = forbidden ?? REASONS[code] ?? `it cannot be read (${message})`;
  return new ImportFileError(`${file}: ${reason}`, { cause: error });
}
