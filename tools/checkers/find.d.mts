/** The path of a program that checks what we ship; undefined when there is none. */
export function findChecker(name: string): string | undefined;
/** How to get those that are missing; undefined when none is. */
export function missingCheckers(...names: readonly string[]): string | undefined;
