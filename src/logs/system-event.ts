export const EVENT_TYPES = ['anomaly', 'critical', 'normal'] as const;

/** One entry of the system log. */
export interface SystemEvent {
  /** Grows from entry to entry. */
  readonly id: number;
  /** Microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly type: (typeof EVENT_TYPES)[number];
  /** What happened, for a person. */
  readonly message: string;
}
