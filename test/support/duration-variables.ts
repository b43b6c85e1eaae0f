/** Variables whose durations are compared with times, and never passed to a timer. */
export const COMPARED_DURATIONS = [
  'MAX_FUTURE',
  'CLOCK_STEP_MAX',
  'SENSOR_SILENT_AFTER',
  'LOG_RETENTION',
  'READINGS_RETENTION',
];

/** Variables whose durations a timer waits for. */
export const TIMER_DURATIONS = [
  'STORE_TIMEOUT',
  'LATEST_REFRESH',
  'STREAM_HEARTBEAT',
  'HEADERS_TIMEOUT',
  'REQUEST_TIMEOUT',
  'SHUTDOWN_DELAY',
];
