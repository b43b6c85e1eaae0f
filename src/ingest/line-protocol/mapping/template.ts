import { formatValue } from '../../../common/errors/format-value.js';
import type { Point } from '../point.js';

export const TEMPLATE_RULE =
  'a text with {measurement}, {field}, {tag.NAME} or {tag.NAME:-default}, and {{ or }} for a brace';

const FIELD = Symbol('field');
const MEASUREMENT = Symbol('measurement');

interface Tag {
  readonly name: string;
  /** For points without the tag. */
  readonly fallback: string | undefined;
}
type Part = string | Tag | typeof FIELD | typeof MEASUREMENT;

/** A text with places for parts of a point. */
export class Template {
  private constructor(
    private readonly text: string,
    private readonly parts: readonly Part[],
  ) {}

  /** @returns undefined when the text is not what TEMPLATE_RULE says */
  static parse(text: string): Template | undefined {
    const parts: Part[] = [];
    // A place, a doubled brace, or text without braces; what is left between the matches is wrong.
    const pieces = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+/gy;
    let end = 0;
    for (const { 0: piece, 1: place, index } of text.matchAll(pieces)) {
      const part = place === undefined ? piece.replace(/^([{}])\1$/, '$1') : toPlace(place);
      if (part === undefined) return undefined;
      parts.push(part);
      end = index + piece.length;
    }
    return end === text.length && text !== '' ? new Template(text, parts) : undefined;
  }

  /** The shortest text that it can give: with one character for each place, or with the place's default. */
  get shortest(): string {
    return this.parts
      .map((part) =>
        typeof part === 'string' ? part : typeof part === 'object' && part.fallback ? part.fallback : 'x',
      )
      .join('');
  }

  /** Whether it gives each field of a point a text of its own. */
  get namesField(): boolean {
    return this.parts.includes(FIELD);
  }

  /**
   * Puts everything but the field in.
   * @returns the texts before, between and after the places of the field; a single text says which tag the point lacks
   */
  resolve({ measurement, tags }: Point): readonly string[] | string {
    const texts: string[] = [];
    let text = '';
    for (const part of this.parts) {
      if (typeof part === 'string') text += part;
      else if (part === MEASUREMENT) text += measurement;
      else if (part === FIELD) {
        texts.push(text);
        text = '';
      } else {
        const tag = tags.get(part.name);
        const value = tag === undefined || tag === '' ? part.fallback : tag;
        if (value === undefined)
          return `needs the tag ${formatValue(part.name)} for ${formatValue(this.text)}, and the point has no such tag`;
        text += value;
      }
    }
    texts.push(text);
    return texts;
  }
}

/** @param place the text between two braces */
function toPlace(place: string): Part | undefined {
  if (place === 'field') return FIELD;
  if (place === 'measurement') return MEASUREMENT;
  const [, name, fallback] = /^tag\.(.+?)(?::-(.*))?$/.exec(place) ?? [];
  return name === undefined ? undefined : { name, fallback };
}
