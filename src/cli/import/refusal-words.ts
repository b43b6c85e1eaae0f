/**
 * The gateway's reasons speak to who writes requests; these words are for who imports a file: what depends on the moment is left
 * out, so that equal refusals have equal reasons, and advice names options of the command.
 */
export function wordsForImport(reason: string): string {
  return reason
    .replace(/, before \S+(?=, got )/, '')
    .replace(/(?<=, got )-?\d+(?:\.\d+)? \(([^)]+)\)/, '$1')
    .replace(
      /; it (?:looks|may|is) .*(?= \(TIMESTAMP_\w+\)$)/,
      '; check --time-unit, --time-format and --time-zone',
    );
}
