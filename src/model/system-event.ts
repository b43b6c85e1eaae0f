export const EVENT_TYPES = ['anomaly', 'critical', 'normal'] as const;

/** One entry of the system log. */
export interface SystemEvent {
  /** One of a kind: an event that is kept again under its id is the same event. */
  readonly id: string;
  /** When it happened, microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly type: (typeof EVENT_TYPES)[number];
  /** What happened, for a person. */
  readonly message: string;
  /** What it is about; absent where it is about the gateway itself. */
  readonly sensorId?: string;
  readonly zone?: string;
  readonly value?: number;
  readonly ruleId?: string;
}

/** An event as the log keeps it. */
export interface LoggedEvent extends SystemEvent {
  /** Its place in the log, which grows from one to the next and is never given twice. */
  readonly row: number;
}
