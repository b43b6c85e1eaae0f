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
  const suffix = TIME_KEYS.has(key) ? (/[mun]s$/.exec(key)?.[0] ?? '') : '';
  return UNITS[unit.toLowerCase()] ?? UNITS[suffix];
}

/** Whether a latency column is in milliseconds, or does not say. */
export function isMilliseconds({ unit }: ColumnName): boolean {
  return unit === '' || UNITS[unit.toLowerCase()] === 'ms';
}

const OFFSET = /(?:^|UTC|GMT|\W)([+-])(\d{1,2})(?::?(\d\d))?(?![\d.:])/i;
const ZONE_NAME = /^[A-Z][a-zA-Z]+\/[\w/+-]+$/;
/** Words beside a time that say nothing of its zone, and patterns such as yyyy-mm-dd and hh:mm:ss. */
const NO_ZONE = /^(?:unix|epoch|since|1970|iso|8601|iso8601|rfc3339|am\/pm|24h|12h|\W+)$/i;
const PATTERN = /^(?=.*(?:[yj]{2}|dd|mm|hh|ss|tt))(?:[yj]{2,4}|t{2,4}|m|d|h|s|t(?=h)|a$|[^\p{L}\p{N}])+$/iu;
const LOCAL = /local|lokal|ortszeit/i;
const ABBREVIATION = /\b(?:[CMEW]E?S?[TZ]|ME[ST]?Z|[ECMPAH][SD]T|BST|IST|JST|AES?T)\b/;

/**
 * The time zone that the name of a date or time column gives: `UTC`, `+01:00` of `Date Time, GMT+01:00`, `Europe/Berlin`.
 * @returns `unknown` when it says that times are local, or has text such as CET that is no name of one zone
 */
export function zoneOf({ text, key, unit: written }: ColumnName): ZoneHint {
  const unit = written.replaceAll('\u2212', '-').replaceAll(/ ?([+-]) ?(?=\d)/g, '$1');
  const words = unit.split(/[\s,;]+/).filter((word) => word !== '');
  const name = words.find((word) => ZONE_NAME.test(word) && !NO_ZONE.test(word) && !PATTERN.test(word));
  if (name !== undefined) return { zone: name };
  const [, sign, hours, minutes = '00'] = OFFSET.exec(unit) ?? [];
  if (sign !== undefined && hours !== undefined)
    return { zone: `${sign}${hours.padStart(2, '0')}:${minutes}` };
  const rest = words.filter(
    (word) => UNITS[word.toLowerCase()] === undefined && !NO_ZONE.test(word) && !PATTERN.test(word),
  );
  if (rest.length > 0)
    return rest.every((word) => /^(?:UTC|GMT|Z)$/i.test(word)) ? { zone: 'UTC' } : 'unknown';
  if (key.includes('utc')) return { zone: 'UTC' };
  return LOCAL.test(key) || ABBREVIATION.test(text) ? 'unknown' : undefined;
}

export type ZoneHint = { readonly zone: string } | 'unknown' | undefined;

/** What the columns of date and time say together. */
export function bothZones(first: ZoneHint, second: ZoneHint): ZoneHint {
  if (first === undefined || second === undefined) return first ?? second;
  if (first === 'unknown') return second;
  if (second === 'unknown') return first;
  return first.zone === second.zone ? first : 'unknown';
}
