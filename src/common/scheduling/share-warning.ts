import type { Logger } from '@nestjs/common';

import { ThrottledReporter } from './throttled-reporter.js';

/** Logged at once, then once a minute. */
const REPORT_LIMIT = { burst: 1, everyMs: 60_000 };

/** Warns the operator that one sender has reached its share of a resource, which others need too. */
export class ShareWarning {
  private readonly reporter: ThrottledReporter<string>;

  constructor(logger: Logger) {
    this.reporter = new ThrottledReporter((text, count) => {
      const more = count > 1 ? ` (and ${count - 1} more such warnings since the last one)` : '';
      logger.warn(`${text}${more}`);
    }, REPORT_LIMIT);
  }

  warn(text: string): void {
    this.reporter.report(text);
  }
}
