import { MAX_NAMED } from './answer-bounds.js';
import type { FieldError } from './field-error.js';

/** The problems of a request: the first hundred, and how many there are. */
export class Problems {
  readonly named: FieldError[] = [];
  count = 0;

  /** @param message makes the message; called only when the problem will be named */
  add(path: string, message: () => string): void {
    this.count += 1;
    if (this.named.length < MAX_NAMED) this.named.push({ path, message: message() });
  }

  /** How many problems are not named. */
  get more(): number {
    return this.count - this.named.length;
  }
}
