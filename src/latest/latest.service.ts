import { createHash, randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { Cacheable } from '../http/etag/cacheable.js';
import { ReadingStore } from '../influx/reading-store.js';
import { SensorKeeper } from '../pipeline/sensor-keeper.js';
import { SensorLookup } from '../pipeline/sensor-lookup.js';
import { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor } from '../registry/sensor.js';
import { LatestDto } from './latest.dto.js';
import type { LatestQueryDto } from './latest-query.dto.js';
import { SensorNotFound } from '../sensors/sensor-not-found.js';

/** The JSON of a sensor's newest reading. */
interface KeptJson {
  /** That of the sensor when the JSON was made. */
  readonly version: number;
  readonly json: string;
}

/** Returns the newest readings by timestamp, from memory. */
@Injectable()
export class LatestService {
  /** Versions count from 0 after every start, so an ETag must also name the start. */
  private readonly runId = randomBytes(6).toString('base64url');
  /** Made when a sensor is asked for, and kept until its next reading: sensors that nobody asks for take no memory. */
  private readonly kept = new WeakMap<Sensor, KeptJson>();

  constructor(
    private readonly store: ReadingStore,
    private readonly sensors: KnownSensors,
    private readonly lookup: SensorLookup,
    private readonly keeper: SensorKeeper,
  ) {}

  /** A sensor's newest reading as one() returns it, as JSON; undefined when memory does not know the sensor. */
  knownAsJson(sensorId: string): string | undefined {
    const sensor = this.sensors.get(sensorId);
    return sensor && this.jsonOf(sensor, this.stale);
  }

  /**
   * A sensor's newest reading. The store is asked once about a sensor that memory does not know.
   * @throws SensorNotFound
   * @throws StoreUnavailable when memory does not know the sensor, and the store does not answer
   */
  async one(sensorId: string): Promise<LatestDto> {
    const known = this.sensors.get(sensorId)?.latest ?? (await this.lookup.latest(sensorId));
    if (!known) throw new SensorNotFound(sensorId);
    return new LatestDto(known, this.stale);
  }

  /** The newest readings of a zone, of some sensors, or of all known ones: an array, ordered by sensor or as asked for. */
  many({ zone, sensorId }: LatestQueryDto): Cacheable {
    const { sensors, stale } = this;
    const filter = { zone, sensorIds: sensorId && [...new Set(sensorId)] };
    // A client that gets a 304 keeps the headers of the response that it has, and so would keep Latest-Loading.
    const state = `${stale ? 'stale' : 'live'}${this.keeper.hasLoaded ? '' : '-loading'}`;
    const tag = [this.runId, sensors.versionOf(filter), state, filterName(filter)].join('-');
    return new Cacheable(tag, () => {
      const texts: string[] = [];
      for (const sensor of sensors.matching(filter)) texts.push(this.jsonOf(sensor, stale));
      return `[${texts.join(',')}]`;
    });
  }

  /** Whether the store is down. Then other programs may have written newer readings to it than memory has. */
  private get stale(): boolean {
    return this.store.state.state === 'down';
  }

  private jsonOf(sensor: Sensor, stale: boolean): string {
    if (stale) return JSON.stringify(new LatestDto(sensor.latest, stale));
    const kept = this.kept.get(sensor);
    if (kept?.version === sensor.version) return kept.json;
    const json = JSON.stringify(new LatestDto(sensor.latest, stale));
    this.kept.set(sensor, { version: sensor.version, json });
    return json;
  }
}

/** A short name of a filter for the ETag. */
function filterName({ zone, sensorIds }: { zone?: string; sensorIds?: readonly string[] }): string {
  if (zone === undefined && !sensorIds) return 'all';
  return createHash('sha256')
    .update(JSON.stringify([zone, sensorIds]))
    .digest('base64url')
    .slice(0, 16);
}
