import type { FieldError } from '../common/errors/field-error.js';
import { formatValue } from '../common/errors/format-value.js';
import type { Key } from './key.js';
import { matches } from './pattern.js';

/** The sensors and zones that a device's key is limited to. */
export class Binding {
  private readonly fields: readonly (readonly [field: 'sensorId' | 'zone', allowed: Patterns])[];

  constructor({ sensors, zones }: Pick<Key, 'sensors' | 'zones'>) {
    this.fields = [
      ...(sensors ? [['sensorId', new Patterns(sensors)] as const] : []),
      ...(zones ? [['zone', new Patterns(zones)] as const] : []),
    ];
  }

  /**
   * @returns undefined when the key may send a reading of this sensor and zone; else a function that makes the error. It is
   *   called only for the records of a batch that the response names.
   */
  whyNot(reading: { readonly sensorId: string; readonly zone: string }): (() => FieldError) | undefined {
    for (const [path, allowed] of this.fields) {
      if (allowed.has(reading[path])) continue;
      const got = reading[path];
      return () => ({
        path,
        message: `${path} must be one that the key allows (${allowed.text}), got ${formatValue(got)}`,
      });
    }
    return undefined;
  }
}

/** How many patterns a message names. */
const MAX_NAMED = 3;

class Patterns {
  private readonly names: ReadonlySet<string>;
  private readonly wild: readonly string[];

  constructor(private readonly all: readonly string[]) {
    this.names = new Set(all);
    this.wild = all.filter((pattern) => pattern.includes('*'));
  }

  has(text: string): boolean {
    return this.names.has(text) || this.wild.some((pattern) => matches(pattern, text));
  }

  get text(): string {
    const more = this.all.length - MAX_NAMED;
    return this.all.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  }
}
