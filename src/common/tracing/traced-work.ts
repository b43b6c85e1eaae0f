export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Adds to what is told of the work. */
export type SetSpanAttributes = (attributes: Attributes) => void;

/** A piece of work, as traces tell of it. */
export interface TracedWork {
  readonly name: string;
  readonly attributes: Attributes;
  /** Whether something outside is asked. */
  readonly isCall?: boolean;
  /** Whether it belongs to no request, whatever the code that started it was doing. */
  readonly isRoot?: boolean;
}
