export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Adds attributes to the span of the work. */
export type SetSpanAttributes = (attributes: Attributes) => void;

/** How a piece of work appears in traces. */
export interface TracedWork {
  readonly name: string;
  readonly attributes: Attributes;
  /** Whether it is a call to another program. */
  readonly isCall?: boolean;
  /** Whether it starts a new trace, even if a request started the work. */
  readonly isRoot?: boolean;
}
