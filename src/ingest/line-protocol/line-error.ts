class Problem extends Error {
  /** @param reason words the problem; called only when the answer names the line */
  constructor(readonly reason: () => string) {
    // Nobody needs a stack trace here, and to make one takes longer than to read the line.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A line cannot be parsed: InfluxDB refuses it, too, and with it the whole request. */
export class LineError extends Problem {}

/** The gateway cannot take this line alone: it is too long to be parsed, or its time is out of range. */
export class PointError extends Problem {}
