/** The path of a checker such as promtool; undefined when it is not installed. */
export function findChecker(name: string): string | undefined;
/** Says how to install the missing ones of these programs; undefined when none is missing. */
export function missingCheckers(...names: string[]): string | undefined;
