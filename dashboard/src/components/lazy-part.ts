import { type ComponentType, createElement, lazy, type ReactNode } from 'react';

/** The code of a part of the page could not be loaded. */
export class PartNotLoaded extends Error {
  constructor(
    /** How often the same part has failed in a row. */
    readonly failures: number,
    cause: unknown,
  ) {
    super('The code could not be loaded', { cause });
    this.name = 'PartNotLoaded';
  }
}

let round = 0;

/** Lets the parts that could not be loaded try again when they are rendered next. */
export function retryParts(): void {
  round += 1;
}

/**
 * A component whose code is loaded when it is first rendered. When that fails, it throws PartNotLoaded until retryParts().
 * (React's lazy() alone remembers a failure for good.)
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => ReactNode {
  let failures = 0;
  let failedIn: number | undefined;
  const make = () =>
    lazy(async () => {
      try {
        return { default: await load() };
      } catch (error) {
        failures += 1;
        failedIn = round;
        throw new PartNotLoaded(failures, error);
      }
    });
  let part = make();
  return (props) => {
    if (failedIn !== undefined && failedIn !== round) {
      failedIn = undefined;
      part = make();
    }
    return createElement(part, props);
  };
}
