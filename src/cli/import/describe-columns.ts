import { formatValue } from '../../common/errors/format-value.js';
import type { Column, Columns } from './columns.js';
import type { ReadOptions } from './read-options.js';
import type { RowTimes } from './times/row-times.js';

const MAX_SHOWN = 20;

/** What each column was taken for, a line each. */
export function describeColumns(columns: Columns, options: ReadOptions, times: RowTimes): string[] {
  const { time, date, sensor, zone, latency, values, unused } = columns;
  const latencyText = latency ? `column ${formatValue(latency.name)}, milliseconds` : 'none';
  const valueText =
    options.wide === true
      ? `each of ${values.length} columns is a sensor: ${list(values.map(({ name }) => name))}`
      : `column ${list(values.map(({ name }) => name))}`;
  return [
    `sensor: ${nameText(sensor, options.sensor, options.wide)}`,
    `zone: ${nameText(zone, options.zone)}`,
    `time: column ${date ? `${formatValue(date.name)} and ` : ''}${formatValue(time.name)}, ${times.description}`,
    `value: ${valueText}${options.decimal === ',' ? ', decimal comma' : ''}`,
    `latency: ${latencyText}`,
    ...(unused.length > 0 ? [`not used: ${list(unused.map(({ name }) => name))}`] : []),
  ];
}

function nameText(column: Column | undefined, constant: string | undefined, isWide = false): string {
  const source = column ? `column ${formatValue(column.name)}` : constant && formatValue(constant);
  if (!isWide) return source ?? '';
  return source === undefined ? 'the name of the column' : `${source}, a dot, and the name of the column`;
}

function list(names: readonly string[]): string {
  const more = names.length - MAX_SHOWN;
  const shown = names.slice(0, MAX_SHOWN).map((name) => formatValue(name));
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
