import { FACTORY_SENSORS, type Place, places } from './factory-layout.js';
import { DemoSensor } from './sensor.js';
import { STORIES } from './stories.js';

/** Which sensors there are, and how often they measure. */
export interface FactoryOptions {
  readonly seed: number;
  readonly sensors: number;
  /** Readings a second, of all sensors together. */
  readonly rate: number;
  readonly startMs: number;
}

/** A sensor, and when it measures: at offsetMs, and each cadenceMs from there. */
export interface ScheduledSensor {
  readonly sensor: DemoSensor;
  readonly hasStory: boolean;
  readonly cadenceMs: number;
  readonly offsetMs: number;
}

/** A sensor with a story measures this often, if it may, so that one can see the story. */
const STORY_CADENCE_MS = 1_500;
/** Together they make up this part of all readings at most, or their share of the sensors, if that is more. */
const STORY_PART = 0.5;

/** The demo's sensors, those with a story first. */
export function makeFactory({ seed, sensors, rate, startMs }: FactoryOptions): ScheduledSensor[] {
  const chosen = choose(sensors).map((place) => new DemoSensor(place, seed, startMs));
  const told = chosen.filter(({ sensorId }) => STORIES.has(sensorId)).length;
  const others = sensors - told;
  const evenMs = (1_000 * sensors) / rate;
  const storyMs = Math.min(evenMs, Math.max(STORY_CADENCE_MS, (1_000 * told) / (STORY_PART * rate)));
  const otherMs = (1_000 * others) / Math.max(rate - (1_000 * told) / storyMs, Number.MIN_VALUE);
  return chosen.map((sensor) => {
    const hasStory = STORIES.has(sensor.sensorId);
    // No two keep step, and a fifth more or less in speed leaves the sum as it is.
    const cadenceMs = Math.max(1, Math.round(hasStory ? storyMs : otherMs / (0.8 + 0.4 * sensor.share)));
    return { sensor, hasStory, cadenceMs, offsetMs: Math.floor(sensor.share * cadenceMs) };
  });
}

/** The first so many places; those with a story are not left out of few. */
function choose(count: number): Place[] {
  const known = placesUpTo(Math.max(count, FACTORY_SENSORS));
  const told = known.filter(({ sensorId }) => STORIES.has(sensorId));
  const others = known.filter(({ sensorId }) => !STORIES.has(sensorId));
  return [...told, ...others].slice(0, count);
}

function placesUpTo(count: number): Place[] {
  const found: Place[] = [];
  for (const place of places()) {
    found.push(place);
    if (found.length === count) break;
  }
  return found;
}
