import { setImmediate as nextTurn } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { KnownSensors } from '../registry/known-sensors.js';
import { SensorsService } from '../sensors/sensors.service.js';
import { Metrics } from './metrics.js';
import { Sampler } from './sampler.js';

const EVERY_MS = 10_000;
/** Looked at in one turn of the event loop: well below a millisecond. */
const SENSORS_AT_ONCE = 500;

/** How many sensors are known, and how many of them are silent; never which. */
@Injectable()
export class SensorMetrics {
  readonly sampler: Sampler;
  private silent = NaN;

  constructor(
    @Inject(Metrics) metrics: Metrics,
    @Inject(KnownSensors) private readonly sensors: KnownSensors,
    @Inject(SensorsService) private readonly service: SensorsService,
  ) {
    this.sampler = new Sampler(() => this.count(), EVERY_MS);
    metrics.gauge('sensors', 'Sensors that are known.', () => sensors.size);
    metrics.gauge('silent_sensors', 'Sensors that are silent, as GET /api/sensors says it.', () => {
      return this.silent;
    });
  }

  private async count(): Promise<void> {
    const nowMs = Date.now();
    let seen = 0;
    let silent = 0;
    for (const sensor of this.sensors.all()) {
      if (this.service.isSilent(sensor, nowMs)) silent += 1;
      seen += 1;
      if (seen % SENSORS_AT_ONCE === 0) await nextTurn();
    }
    this.silent = silent;
  }
}
