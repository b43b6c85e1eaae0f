import { formatValue } from '../../common/errors/format-value.js';
import { detachString } from '../../model/detach-string.js';
import type { Column } from './columns.js';

/** The most sensors whose series is kept. */
const MAX_SENSORS = 100_000;

/** Finds rows of one sensor that belong to several series: they would overwrite each other. */
export class SeriesCheck {
  private readonly firsts = new Map<string, Map<string, string>>();

  /**
   * @param advice what to do about it, given the name of a column
   * @param isEmptyEqual whether an empty cell is as good as any other
   */
  constructor(
    private readonly advice: (name: string) => string,
    private readonly isEmptyEqual: boolean,
  ) {}

  /**
   * @param columns those that tell series apart
   * @returns how the row differs from the first one of its sensor and zone
   */
  problem(
    sensorId: string,
    zone: string,
    columns: readonly Column[],
    cells: readonly string[],
  ): string | undefined {
    if (this.isEmptyEqual && columns.length === 0) return undefined;
    const key = `${sensorId}\n${zone}`;
    const first = this.firsts.get(key);
    if (!first) {
      if (this.firsts.size >= MAX_SENSORS) this.firsts.clear();
      const values = columns.map(({ name, at }) => [name, detachString(cells[at] ?? '')] as const);
      this.firsts.set(detachString(key), new Map(values));
      return undefined;
    }
    for (const { name, at } of columns) {
      const value = cells[at] ?? '';
      const known = first.get(name) ?? '';
      if (value === known || (this.isEmptyEqual && value === '')) continue;
      if (this.isEmptyEqual && known === '') first.set(name, detachString(value));
      else return this.describe(name, value, known);
    }
    if (this.isEmptyEqual) return undefined;
    for (const [name, known] of first)
      if (known !== '' && !columns.some((column) => column.name === name))
        return this.describe(name, '', known);
    return undefined;
  }

  private describe(name: string, value: string, known: string): string {
    return (
      `column ${formatValue(name)}: ${formatValue(value)} is not ${formatValue(known)} as in earlier rows of this sensor, ` +
      `and the two would become one sensor: ${this.advice(name)}`
    );
  }
}
