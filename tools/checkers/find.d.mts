/** The path of a program that checks what we ship, such as promtool; undefined when there is none. */
export function findChecker(name: string): string | undefined;
/** How to get those that are missing; undefined when none is. */
export function missingCheckers(...names: string[]): string | undefined;
