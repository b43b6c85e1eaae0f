import { ImportFileError } from './import-file-error.js';
import type { FileFormat, ReadOptions } from './read-options.js';

type Option = keyof ReadOptions;

/** Options that a format has no use for. */
const UNUSED: Readonly<Record<FileFormat, { readonly name: string; readonly options: readonly Option[] }>> = {
  csv: { name: 'CSV', options: [] },
  ndjson: { name: 'NDJSON', options: ['wide', 'dateColumn', 'delimiter', 'decimal', 'comment'] },
  annotated: { name: 'annotated CSV of InfluxDB', options: ['delimiter', 'skip', 'comment'] },
};

/** What the command does without the option, too. */
const DEFAULTS: ReadOptions = { wide: false, decimal: '.', skip: 0 };

/** Whoever gives an option that would do nothing expects another result than the file gives. @throws ImportFileError */
export function refuseIgnoredOptions(format: FileFormat, options: ReadOptions): void {
  const { name, options: unused } = UNUSED[format];
  for (const option of unused)
    if (options[option] !== undefined && options[option] !== DEFAULTS[option])
      throw new ImportFileError(
        `${flagOf(option)} is ${format === 'ndjson' ? 'for CSV files' : 'not for this format'}; this file is ${name}`,
      );
  refuseNamesTwice('sensor', 'sensorColumn', options);
  refuseNamesTwice('zone', 'zoneColumn', options);
  const { timeUnit, timeFormat, timeZone } = options;
  if (timeZone === undefined) return;
  if (timeUnit !== undefined)
    throw new ImportFileError(
      '--time-unit and --time-zone cannot both be given: a number since 1970 has no zone',
    );
  if (timeFormat !== undefined && hasOffset(timeFormat))
    throw new ImportFileError('--time-zone has no effect when --time-format has an offset (X): leave it out');
}

function refuseNamesTwice(constant: Option, column: Option, options: ReadOptions): void {
  if (options[constant] !== undefined && options[column] !== undefined && options[column] !== '')
    throw new ImportFileError(
      `--${constant} and ${flagOf(column)} cannot both be given: one names the ${constant} of all rows, the other a column that names it`,
    );
}

function hasOffset(timeFormat: string): boolean {
  return timeFormat.replaceAll(/'[^']*'/g, '').includes('X');
}

function flagOf(option: Option): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
