import { duration, text, time, timer, wholeNumber } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type ReadingsConfig = ValuesOf<typeof READINGS>;

/** Which readings are accepted, and how they are shown live. */
export const READINGS = {
  /** The most readings in one batch; larger ones are answered 413. */
  batchMaxRecords: wholeNumber('BATCH_MAX_RECORDS', 10_000, 1, 100_000),

  /** A file of rules that make readings of other measurements in line protocol (docs/line-mapping.md). */
  lineMapping: text('LINE_MAPPING'),

  /** The most sensors; readings of further ones are refused. Each takes 600 to 1,400 bytes of memory. */
  maxSensors: wholeNumber('MAX_SENSORS', 1_000_000, 1, 10_000_000),

  /** How far ahead of the gateway's clock a timestamp may be; later ones are refused. */
  maxFutureMs: duration('MAX_FUTURE', '1h'),

  /**
   * The first time that a timestamp may name, in microseconds since the Unix epoch; earlier ones are refused. Devices that send
   * seconds for milliseconds, or the time since they started, send times in 1970.
   */
  minTimestampUs: time('MIN_TIMESTAMP', '1971-01-01T00:00:00Z'),

  /** A step back of the machine's clock by at most this is bridged; a larger change is believed, and told. */
  clockStepMaxMs: duration('CLOCK_STEP_MAX', '10s', '1s'),

  /** A sensor is silent when none of its readings was accepted for this time; a silent rule may say so earlier. */
  sensorSilentAfterMs: duration('SENSOR_SILENT_AFTER', '5m'),

  /** Readings kept in memory for clients of the live stream that lag behind or reconnect. */
  streamBufferReadings: wholeNumber('STREAM_BUFFER_READINGS', 50_000, 1_000, 10_000_000),

  /** How often a client of the live stream gets a heartbeat, unless it asks for another interval. */
  streamHeartbeatMs: timer('STREAM_HEARTBEAT', '15s', '100ms'),
} as const;
