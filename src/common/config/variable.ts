import { formatValue } from '../errors/format-value.js';

/** An environment variable: its name, its default, and what its text means. */
export interface Variable<T> {
  readonly name: string;
  /** As .env.example shows it; an empty text where there is none. */
  readonly defaultText: string;
  /** @throws InvalidValue */
  readonly parse: (text: string) => T;
  /** Set where this variable must be set as soon as another one is. */
  readonly requiredWith?: { readonly name: string; readonly message: string };
}

/** The value of a variable is wrong; the message names the variable and says what would be right. */
export class InvalidValue extends Error {}

/** The variables of one purpose, by the names that the code uses. */
export type Section = Readonly<Record<string, Variable<unknown>>>;

/** The parsed values of a section. */
export type ValuesOf<S extends Section> = {
  readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never;
};

/**
 * Parses the variables of a section.
 * @param texts the variables that are set
 * @param problems gets one sentence for each wrong variable; the values must not be used then
 */
export function parseSection<S extends Section>(
  section: S,
  texts: Readonly<Record<string, string>>,
  problems: string[],
): ValuesOf<S> {
  const values: Record<string, unknown> = {};
  for (const [key, { name, defaultText, parse, requiredWith }] of Object.entries(section)) {
    const text = texts[name];
    if (requiredWith && text === undefined && texts[requiredWith.name] !== undefined)
      problems.push(requiredWith.message);
    try {
      values[key] = parse(text ?? defaultText);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      problems.push(error.message);
    }
  }
  return values as ValuesOf<S>;
}

/** @returns the error of a variable whose value is not what `rule` says */
export function mustBe(name: string, rule: string, value: unknown): InvalidValue {
  return new InvalidValue(`${name} must be ${rule}, got ${formatValue(value)}`);
}
