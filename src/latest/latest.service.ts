import { createHash, randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { Cacheable } from '../http/etag/cacheable.js';
import { ReadingStore } from '../influx/reading-store.js';
import { SensorLookup } from '../pipeline/sensor-lookup.js';
import { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor } from '../registry/sensor.js';
import { LatestDto } from './latest.dto.js';
import type { LatestQueryDto } from './latest-query.dto.js';
import { SensorNotFound } from '../sensors/sensor-not-found.js';

/** Gives the newest readings by timestamp, from memory. */
@Injectable()
export class LatestService {
  /** Versions count from 0 in every life, so a tag needs to say which life it is of. */
  private readonly life = randomBytes(6).toString('base64url');
  private readonly texts = new WeakMap<Sensor['latest'], string>();

  constructor(
    private readonly store: ReadingStore,
    private readonly sensors: KnownSensors,
    private readonly lookup: SensorLookup,
  ) {}

  /**
   * A sensor's newest reading. The store is asked once about a sensor that is not known here.
   * @throws SensorNotFound
   * @throws StoreUnavailable when nobody here knows the sensor and the store does not answer
   */
  async one(sensorId: string): Promise<LatestDto> {
    const known = this.sensors.get(sensorId)?.latest ?? (await this.lookup.latest(sensorId));
    if (!known) throw new SensorNotFound(sensorId);
    return new LatestDto(known, this.stale);
  }

  /** Those of a zone, of some sensors, or of all that are known here: an array, ordered by sensor or as asked for. */
  many({ zone, sensorId }: LatestQueryDto): Cacheable {
    const { sensors, stale } = this;
    const filter = { zone, sensorIds: sensorId && [...new Set(sensorId)] };
    const tag = [this.life, sensors.versionOf(filter), stale ? 'stale' : 'live', nameOf(filter)].join('-');
    return new Cacheable(tag, () => {
      const texts: string[] = [];
      for (const { latest } of sensors.matching(filter)) texts.push(this.textOf(latest, stale));
      return `[${texts.join(',')}]`;
    });
  }

  /** Whether the store is down, so that what is answered from memory may be older than what others wrote there. */
  private get stale(): boolean {
    return this.store.state.state === 'down';
  }

  /** Most readings are asked for more than once before they change. */
  private textOf(latest: Sensor['latest'], stale: boolean): string {
    if (stale) return JSON.stringify(new LatestDto(latest, stale));
    const text = this.texts.get(latest) ?? JSON.stringify(new LatestDto(latest, stale));
    this.texts.set(latest, text);
    return text;
  }
}

/** A short name of a filter, fit for a tag. */
function nameOf({ zone, sensorIds }: { zone?: string; sensorIds?: readonly string[] }): string {
  if (zone === undefined && !sensorIds) return 'all';
  return createHash('sha256')
    .update(JSON.stringify([zone, sensorIds]))
    .digest('base64url')
    .slice(0, 16);
}
