import { Logger } from '@nestjs/common';

import { ThrottledReporter } from '../scheduling/throttled-reporter.js';

const REPORT_LIMIT = { burst: 1, everyMs: 10 * 60_000 };

/** Without a collector only spans are lost: this is logged at once, and again at intervals. */
export function reportProblems(): (problem: unknown) => void {
  const logger = new Logger('Tracing');
  const reporter = new ThrottledReporter<string>((reason, count) => {
    logger.warn(`Spans may be lost: ${reason}${count > 1 ? ` (${count} such problems)` : ''}`);
  }, REPORT_LIMIT);
  return (problem) => {
    reporter.report(reasonOf(problem));
  };
}

function reasonOf(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  // Node's error for a host with several IP addresses has a code and no message.
  if (problem.message !== '') return problem.message;
  return 'code' in problem ? String(problem.code) : problem.name;
}
