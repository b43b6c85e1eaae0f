import { MAX_NAMED } from './answer-bounds.js';
import type { FieldError } from './field-error.js';

/** What is wrong with a request: the first hundred problems, and how many there are. */
export class Problems {
  readonly named: FieldError[] = [];
  count = 0;

  /** @param message makes what is wrong into words, where it is going to be named */
  add(path: string, message: () => string): void {
    this.count += 1;
    if (this.named.length < MAX_NAMED) this.named.push({ path, message: message() });
  }

  /** How many there are besides those that are named. */
  get more(): number {
    return this.count - this.named.length;
  }
}
