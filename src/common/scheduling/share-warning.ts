import type { Logger } from '@nestjs/common';

import { ThrottledReporter } from './throttled-reporter.js';

/** Said at once, then once a minute. */
const REPORT_LIMIT = { burst: 1, everyMs: 60_000 };

/** Tells the operator that somebody has its share of what all share, and that others need the rest. */
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
