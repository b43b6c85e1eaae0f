import type { TimeUnit } from '../../model/precision.js';

export const FILE_FORMATS = ['csv', 'ndjson', 'annotated'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** How to read a file. What is absent is taken from the file, or asked for. */
export interface ReadOptions {
  /** The sensor of all readings; with `wide`, what stands before the name of each column, with a dot between. */
  readonly sensor?: string;
  readonly zone?: string;
  readonly sensorColumn?: string;
  readonly zoneColumn?: string;
  readonly timeColumn?: string;
  /** The column with the date when the time column has the time of day. */
  readonly dateColumn?: string;
  readonly valueColumn?: string;
  readonly latencyColumn?: string;
  /** Whether each further column is a sensor. */
  readonly wide?: boolean;
  /** The unit of times that are numbers since the Unix epoch. */
  readonly timeUnit?: TimeUnit;
  /** Such as `dd.MM.yyyy HH:mm:ss`. */
  readonly timeFormat?: string;
  /** IANA name of the zone of times without one; UTC when absent. */
  readonly timeZone?: string;
  /** The decimal mark: `.` (when absent) or `,`. */
  readonly decimal?: string;
  /** One character, or `\t` or `tab`; found in the header when absent. */
  readonly delimiter?: string;
  /** Lines before the header. */
  readonly skip?: number;
  /** What a line begins with that is passed over; `#` when absent, none when empty. */
  readonly comment?: string;
  readonly format?: FileFormat;
}
