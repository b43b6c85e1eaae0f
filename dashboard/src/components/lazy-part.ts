import { type ComponentType, createElement, lazy, type ReactNode } from 'react';

/** The code of a part of the page could not be loaded. */
export class PartNotLoaded extends Error {
  constructor(
    /** Tries again; rejects when that fails too. Once it resolves, the part can be rendered. */
    readonly load: () => Promise<void>,
    cause: unknown,
  ) {
    super('The code could not be loaded', { cause });
    this.name = 'PartNotLoaded';
  }
}

/**
 * A component whose code is loaded when it is first rendered. When that fails, it throws PartNotLoaded until the error's
 * load() succeeds. (React's lazy() alone remembers a failure for good.)
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => ReactNode {
  let loaded: ComponentType<Props> | undefined;
  const loadAgain = async (): Promise<void> => {
    loaded = await load();
  };
  const part = lazy(async () => {
    try {
      return { default: await load() };
    } catch (error) {
      forgetStyle(error);
      throw new PartNotLoaded(loadAgain, error);
    }
  });
  return (props) => (loaded ? createElement(loaded, props) : createElement(part, props));
}

/** Removes the link to a style that could not be loaded: while it stands, nothing would load the style again. */
export function forgetStyle(cause: unknown): void {
  const url = fileOf(cause);
  if (!url?.endsWith('.css')) return;
  for (const link of document.querySelectorAll('link')) if (link.href === url) link.remove();
}

/** The URL of the file that an error of a dynamic import names; undefined when it names none (as in Safari). */
export function fileOf(cause: unknown): string | undefined {
  const words = cause instanceof Error ? cause.message.split(/\s/) : [];
  const name = words.find((word) => word.endsWith('.js') || word.endsWith('.css'));
  return name && URL.canParse(name, document.baseURI) ? new URL(name, document.baseURI).href : undefined;
}
