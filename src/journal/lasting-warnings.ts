import type { Logger } from '@nestjs/common';

/** Logs problems that refuse no request: once when they begin, and once when they end. */
export class LastingWarnings {
  /** The failure that was logged last, by subject. */
  private readonly failures = new Map<string, string>();

  constructor(private readonly logger: Logger) {}

  /** @param failure why it goes wrong now; undefined when it works */
  report(subject: string, failure: string | undefined, what: string): void {
    if (failure === this.failures.get(subject)) return;
    if (failure === undefined) {
      this.failures.delete(subject);
      this.logger.log(`No longer: ${what}`);
    } else {
      this.failures.set(subject, failure);
      this.logger.warn(`${what}: ${failure}`);
    }
  }

  /** @param failure why the checkpoint could not be written; undefined when it was */
  reportCheckpoint(failure: string | undefined): void {
    this.report(
      'checkpoint',
      failure,
      "journal/noted cannot be written, a cross-check of the journal's position",
    );
  }
}
