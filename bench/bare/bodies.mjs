// The posted readings, in the formats that the systems accept.
const SENSORS = 1_000;
/** The content type of each form. */
export const TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  lines: 'text/plain; charset=utf-8',
};

const hundredths = (below) => Math.floor(Math.random() * below * 100) / 100;

/** The name of a sensor, by number. */
export const sensorId = (n) => `sensor_${String(n).padStart(4, '0')}`;

const asJson = (n) =>
  `{"sensorId":"${sensorId(n)}","zone":"zone_${n % 10}","value":${hundredths(1_000)},"latencyMs":${hundredths(100)}}`;

const asLine = (n) =>
  `sensor_predictions,sensor_id=${sensorId(n)},zone=zone_${n % 10} value=${hundredths(1_000)},latency_ms=${hundredths(100)}`;

/** One reading of a random sensor, without a timestamp. */
export function oneBody(form) {
  const n = Math.floor(Math.random() * SENSORS);
  return form === 'lines' ? asLine(n) : asJson(n);
}

/** A batch. Lines have timestamps a microsecond apart, beginning with `fromUs`, so that none overwrites another. */
export function batchBody(form, readings, fromUs) {
  const all = Array.from({ length: readings }, () => Math.floor(Math.random() * SENSORS));
  if (form === 'lines') return all.map((n, at) => `${asLine(n)} ${fromUs + at}`).join('\n');
  return batchOf(form, all);
}

/** One reading of each of these sensors, without timestamps. @param sensors their numbers */
export function batchOf(form, sensors) {
  if (form === 'json') return `[${sensors.map(asJson).join(',')}]`;
  return sensors.map(form === 'lines' ? asLine : asJson).join('\n');
}

/** One reading of every sensor. */
export const everySensor = () => `[${Array.from({ length: SENSORS }, (_, n) => asJson(n)).join(',')}]`;
