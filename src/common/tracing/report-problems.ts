import { Logger } from '@nestjs/common';

import { ThrottledReporter } from '../scheduling/throttled-reporter.js';

const REPORT_LIMIT = { burst: 1, everyMs: 10 * 60_000 };

/** A collector that is away loses spans and nothing else: said once, and again from time to time. */
export function reportProblems(): (problem: unknown) => void {
  const logger = new Logger('Tracing');
  const teller = new ThrottledReporter<string>((reason, count) => {
    logger.warn(`Spans may be lost: ${reason}${count > 1 ? ` (${count} such problems)` : ''}`);
  }, REPORT_LIMIT);
  return (problem) => {
    teller.report(reasonOf(problem));
  };
}

function reasonOf(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  // Node's error for a name with several addresses has a code and no message.
  if (problem.message !== '') return problem.message;
  return 'code' in problem ? String(problem.code) : problem.name;
}
