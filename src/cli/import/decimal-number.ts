import { formatValue } from '../../common/errors/format-value.js';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads decimal numbers: digits, one decimal mark, an exponent, and nothing else. */
export class DecimalNumbers {
  /** @param mark the decimal mark */
  constructor(private readonly mark: '.' | ',') {}

  /** @returns the nearest double, or why the text is no number */
  parse(text: string): number | string {
    const usual = this.mark === ',' ? toPoint(text) : text;
    const number = NUMBER.test(usual) ? Number(usual) : NaN;
    return Number.isFinite(number) ? number : this.problem(text, usual);
  }

  private problem(text: string, usual: string): string {
    const shown = formatValue(text);
    if (text === '') return 'is empty; it must hold a number';
    if (NUMBER.test(usual)) return `must be a number that a double can hold, got ${shown}`;
    if (this.mark === ',' && NUMBER.test(text.replaceAll(',', '')) && text.includes('.'))
      return `must be a decimal number with a comma, as --decimal says, and no thousands separator, got ${shown}`;
    if (this.mark === '.' && /^[+-]?\d+,\d+$/.test(text))
      return `must be a decimal number with a point, got ${shown}; if the comma is the decimal mark, add --decimal ,`;
    return `must be a decimal number, got ${shown}`;
  }
}

/** A point beside a decimal comma would be a thousands separator: the text is no number then. */
function toPoint(text: string): string {
  return text.includes('.') ? '' : text.replace(',', '.');
}
