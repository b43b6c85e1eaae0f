import type { TimeUnit } from '../../model/precision.js';

/** A name of a column without case, separators and unit. */
export interface ColumnName {
  /** As the file has it, without spaces around it. */
  readonly text: string;
  /** Lower case letters and digits. */
  readonly key: string;
  /** What is in parentheses, brackets or behind a comma: `°C`, `ms`, `GMT+01:00`. */
  readonly unit: string;
}

export function parseColumnName(text: string): ColumnName {
  const trimmed = text.trim();
  const cut = trimmed.search(/[,([]/);
  const base = cut > 0 ? trimmed.slice(0, cut) : trimmed;
  const unit =
    cut > 0
      ? trimmed
          .slice(cut)
          .replaceAll(/[()[\]]/g, ' ')
          .replace(',', ' ')
          .trim()
      : '';
  return { text: trimmed, key: base.toLowerCase().replaceAll(/[^\p{L}\p{N}#]/gu, ''), unit };
}

const set = (...keys: string[]): ReadonlySet<string> => new Set(keys);

const words = (text: string): ReadonlySet<string> => set(...text.trim().split(/\s+/));

/** Columns with date and time, or a number since 1970. */
export const TIME_KEYS = words(`
  timestamp timestamps time datetime dateandtime timedate ts clock epoch unixtime unixtimestamp timestampms timestampus
  timestampns timems timeus timens epochms utc timeutc utctime datetimeutc utcdatetime timestamputc lastchanged lastupdated
  recordedat measuredat createdat localtime timelocal datetimelocal timestamplocal zeit zeitstempel zeitpunkt datumzeit
  datumuhrzeit datumunduhrzeit messzeit uhrzeit horodatage dateheure dateetheure heure fechahora fechayhora hora timeofday
`);
/** Columns with a date, which may have the time of day beside them. */
export const DATE_KEYS = set('date', 'datum', 'fecha', 'dateutc', 'utcdate');
/** Columns with the time of day, if there is a column with the date. */
export const TIME_OF_DAY_KEYS = set(
  'time',
  'timeofday',
  'uhrzeit',
  'zeit',
  'heure',
  'hora',
  'timeutc',
  'utctime',
);

export const SENSOR_KEYS = set('sensorid', 'sensor', 'sensorname', 'entityid', 'deviceid');
/** Taken only when there is no name of the kind above. */
export const WEAK_SENSOR_KEYS = set('device', 'devicename');
export const ZONE_KEYS = set('zone', 'zoneid', 'zonename');
export const WEAK_ZONE_KEYS = set('location', 'room', 'raum');
export const VALUE_KEYS = set('value', 'val', 'state', 'messwert', 'wert', 'valeur', 'valor');
export const LATENCY_KEYS = set('latencyms', 'latency');

/** Columns that tell several series of a device apart. */
export const SERIES_KEYS = words('series metric tag parameter channel topic variable itemid');
/** Columns that may name the sensor when nothing else does, or count rows. */
export const IDENTITY_KEYS = set(...SERIES_KEYS, 'name', 'id', 'serialnumber', 'serialno');
/** Columns with a part of the time, which are not read beside a time. */
export const TIME_PART_KEYS = words(`
  hour hours stunde stunden minute minutes minuten second seconds sekunde sekunden ms msec millis millisecond milliseconds
  millisekunde millisekunden us micros microseconds ns nanos nanoseconds
`);

/** Columns that count rows, or say what all rows share. */
export const OTHER_KEYS = set(
  '',
  ...words('# no nr num number index record row unit units unitofmeasurement einheit'),
  ...IDENTITY_KEYS,
  ...TIME_PART_KEYS,
);

const UNITS: Readonly<Record<string, TimeUnit>> = {
  s: 's',
  sec: 's',
  seconds: 's',
  ms: 'ms',
  milliseconds: 'ms',
  us: 'us',
  µs: 'us',
  microseconds: 'us',
  ns: 'ns',
  nanoseconds: 'ns',
};

/** The unit that the name of a time column gives, such as `time (ms)` or `timestamp_ms`. */
export function unitOf({ key, unit }: ColumnName): TimeUnit | undefined {
  return UNITS[unit.toLowerCase()] ?? UNITS[/[mun]s$/.exec(key)?.[0] ?? ''];
}

/** Whether a latency column is in milliseconds, or does not say. */
export function isMilliseconds({ unit }: ColumnName): boolean {
  return unit === '' || UNITS[unit.toLowerCase()] === 'ms';
}

/**
 * The time zone that the name of a time column gives: `UTC`, `+01:00` of `Date Time, GMT+01:00`, `Europe/Berlin`.
 * @returns `unknown` when it says that times are local, or has letters such as CET, that are no name of one zone
 */
export function zoneOf({ key, unit }: ColumnName): { readonly zone: string } | 'unknown' | undefined {
  const [, hours, minutes = '00'] = /^(?:UTC|GMT)? ?([+-]\d{1,2})(?::?(\d\d))?$/i.exec(unit) ?? [];
  if (hours !== undefined) return { zone: `${hours.charAt(0)}${hours.slice(1).padStart(2, '0')}:${minutes}` };
  if (/^(?:UTC|GMT|Z)$/i.test(unit) || (unit === '' && key.includes('utc'))) return { zone: 'UTC' };
  if (/^[A-Z][a-zA-Z]+\/[\w/+-]+$/.test(unit)) return { zone: unit };
  if (/^[A-Z]{2,5}(?:\/[A-Z]{2,5})?$/.test(unit) || /local/i.test(unit) || key.includes('local'))
    return 'unknown';
  return undefined;
}
