import type { Reading } from '../../model/reading.js';

const MEASUREMENT = 'sensor_predictions';

/** @returns one line of line protocol for each reading, in order, with timestamps in microseconds */
export function encodeLines(readings: readonly Reading[]): string {
  let sensor: string | undefined;
  let zone: string | undefined;
  let head = '';
  return readings
    .map((reading) => {
      if (reading.sensorId !== sensor || reading.zone !== zone) {
        ({ sensorId: sensor, zone } = reading);
        head = `${MEASUREMENT},sensor_id=${escape(sensor)},zone=${escape(zone)} value=`;
      }
      const latency = reading.latencyMs === undefined ? '' : `,latency_ms=${reading.latencyMs}`;
      return `${head}${toText(reading.value)}${latency} ${reading.timestampUs}`;
    })
    .join('\n');
}

/** String() drops the sign of -0. */
function toText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function escape(tag: string): string {
  return tag.replaceAll(/[,= ]/g, String.raw`\$&`);
}
