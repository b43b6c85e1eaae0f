import { setImmediate as nextTurn } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import { KnownSensors } from '../registry/known-sensors.js';
import { SensorsService } from '../sensors/sensors.service.js';
import { Metrics } from './metrics.js';
import { Sampler } from './sampler.js';

const INTERVAL_MS = 10_000;
/** Sensors checked in one turn of the event loop, which takes well below a millisecond. */
const SENSORS_PER_TURN = 500;

/** How many sensors are known, and how many of them are silent. Never which ones. */
@Injectable()
export class SensorMetrics {
  readonly sampler: Sampler;
  private silent = NaN;

  constructor(
    metrics: Metrics,
    private readonly sensors: KnownSensors,
    private readonly service: SensorsService,
  ) {
    this.sampler = new Sampler(() => this.count(), INTERVAL_MS);
    metrics.gauge('sensors', 'Known sensors.', () => sensors.size);
    metrics.gauge('silent_sensors', 'Silent sensors, as in GET /api/sensors.', () => {
      return this.silent;
    });
  }

  private async count(): Promise<void> {
    let seen = 0;
    let silent = 0;
    for (const sensor of this.sensors.all()) {
      if (this.service.isSilent(sensor)) silent += 1;
      seen += 1;
      if (seen % SENSORS_PER_TURN === 0) await nextTurn();
    }
    this.silent = silent;
  }
}
