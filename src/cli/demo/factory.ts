import { FACTORY_SENSORS, type Place, places } from './factory-layout.js';
import { DemoSensor } from './sensor.js';
import { INCIDENTS } from './incidents.js';

/** Which sensors there are, and how often they measure. */
export interface FactoryOptions {
  readonly seed: number;
  readonly sensors: number;
  /** Readings a second, of all sensors together. */
  readonly rate: number;
  readonly startMs: number;
}

/** A sensor, and when it measures: at offsetMs, then every cadenceMs. */
export interface ScheduledSensor {
  readonly sensor: DemoSensor;
  readonly hasIncident: boolean;
  readonly cadenceMs: number;
  readonly offsetMs: number;
}

/** A sensor with an incident measures at this interval if the rate allows it, so that the incident is visible. */
const INCIDENT_CADENCE_MS = 1_500;
/** The largest share of all readings that these sensors send; or their share of the sensors, if that is more. */
const INCIDENT_SHARE = 0.5;

/** The demo's sensors. Those with an incident come first. */
export function makeFactory({ seed, sensors, rate, startMs }: FactoryOptions): ScheduledSensor[] {
  const chosen = choose(sensors).map((place) => new DemoSensor(place, seed, startMs));
  const incidentCount = chosen.filter(({ sensorId }) => INCIDENTS.has(sensorId)).length;
  const otherCount = sensors - incidentCount;
  const evenMs = (1_000 * sensors) / rate;
  const incidentMs = Math.min(
    evenMs,
    Math.max(INCIDENT_CADENCE_MS, (1_000 * incidentCount) / (INCIDENT_SHARE * rate)),
  );
  const otherMs =
    (1_000 * otherCount) / Math.max(rate - (1_000 * incidentCount) / incidentMs, Number.MIN_VALUE);
  return chosen.map((sensor) => {
    const hasIncident = INCIDENTS.has(sensor.sensorId);
    // The speeds differ by up to a fifth, so that sensors do not measure in step. The total rate stays the same.
    const cadenceMs = Math.max(
      1,
      Math.round(hasIncident ? incidentMs : otherMs / (0.8 + 0.4 * sensor.share)),
    );
    return { sensor, hasIncident, cadenceMs, offsetMs: Math.floor(sensor.share * cadenceMs) };
  });
}

/** The places of `count` sensors. Those with an incident come first, so that a small demo has them, too. */
function choose(count: number): Place[] {
  const known = placesUpTo(Math.max(count, FACTORY_SENSORS));
  const withIncident = known.filter(({ sensorId }) => INCIDENTS.has(sensorId));
  const others = known.filter(({ sensorId }) => !INCIDENTS.has(sensorId));
  return [...withIncident, ...others].slice(0, count);
}

function placesUpTo(count: number): Place[] {
  const found: Place[] = [];
  for (const place of places()) {
    found.push(place);
    if (found.length === count) break;
  }
  return found;
}
