import type { SystemEvent } from '../model/system-event.js';

/** Selects entries of the system log. Absent fields select all. */
export interface EventFilter {
  readonly types?: readonly SystemEvent['type'][];
  readonly sensorIds?: readonly string[];
  readonly zones?: readonly string[];
  readonly ruleId?: string;
  /** Times from here on, microseconds since the Unix epoch. */
  readonly fromUs?: number;
  /** Times before this one. */
  readonly toUs?: number;
}

/** Where a page of entries ended. The next page continues with older times, and at equal times with lower rows. */
export interface PagePosition {
  readonly timeUs: number;
  readonly row: number;
  /** The newest row when the first page was read: entries appended later are on none of the pages. */
  readonly upToRow: number;
}
