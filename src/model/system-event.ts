export const EVENT_TYPES = ['anomaly', 'critical', 'normal'] as const;

/** One entry of the system log. */
export interface SystemEvent {
  /** Unique: an event that is stored again under its id is the same event. */
  readonly id: string;
  /** When it happened, microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly type: (typeof EVENT_TYPES)[number];
  /** What happened, for a person. */
  readonly message: string;
  /** The sensor it is about; absent when it is about the gateway itself. */
  readonly sensorId?: string;
  readonly zone?: string;
  readonly value?: number;
  readonly ruleId?: string;
}

/** An event in the log. */
export interface LoggedEvent extends SystemEvent {
  /** Its number in the log. Numbers grow, and none is used twice. */
  readonly row: number;
}
