import type { SystemEvent } from '../model/system-event.js';

/** Which entries of the system log are asked for; what is absent does not narrow. */
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

/** Where a page of entries ended: the next one goes on with older times, at one time with lower rows. */
export interface EventPlace {
  readonly timeUs: number;
  readonly row: number;
  /** The newest row when the first page was read: what is kept later belongs to none of the pages. */
  readonly upToRow: number;
}
