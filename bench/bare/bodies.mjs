// The readings that are posted, in the forms that the systems take.
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

/** A batch; lines bear timestamps a microsecond apart, from one on, so that each is a reading of its own. */
export function batchBody(form, readings, fromUs) {
  const all = Array.from({ length: readings }, () => Math.floor(Math.random() * SENSORS));
  if (form === 'lines') return all.map((n, at) => `${asLine(n)} ${fromUs + at}`).join('\n');
  return batchOf(form, all);
}

/** A reading of each of the sensors, by number, without timestamps. */
export function batchOf(form, sensors) {
  if (form === 'json') return `[${sensors.map(asJson).join(',')}]`;
  return sensors.map(form === 'lines' ? asLine : asJson).join('\n');
}

/** A reading of every sensor. */
export const everySensor = () => `[${Array.from({ length: SENSORS }, (_, n) => asJson(n)).join(',')}]`;
