import { Injectable } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { SteadyClock } from '../clock/steady-clock.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { SensorKeeper } from '../pipeline/sensor-keeper.js';
import { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor } from '../registry/sensor.js';
import { SensorNotFound } from './sensor-not-found.js';
import { Page } from '../http/pagination/page.js';
import { SensorDto } from './sensor.dto.js';
import type { SensorRules } from './sensor-rules.js';
import { sensorCursor, type SensorsQueryDto, toSensorId } from './sensors-query.dto.js';

const NONE: ReadonlyMap<string, number> = new Map();

/** Lists and forgets sensors. */
@Injectable()
export class SensorsService {
  private rules: SensorRules | undefined;
  /** What the expiry clock showed when this run began, milliseconds since the Unix epoch. */
  private readonly beginMs: number;

  constructor(
    private readonly config: GatewayConfig,
    private readonly sensors: KnownSensors,
    private readonly keeper: SensorKeeper,
    private readonly steady: SteadyClock,
    expiry: ExpiryClock,
  ) {
    this.beginMs = expiry.beginMs;
  }

  /** Sets the rules to ask. */
  use(rules: SensorRules): void {
    this.rules = rules;
  }

  /** @returns one page of sensors, ordered by their ids */
  page({ zone, limit, cursor }: SensorsQueryDto): Page<SensorDto> {
    const { sensors } = this;
    const found: Sensor[] = [];
    for (const sensorId of sensors.idsAfter(cursor === undefined ? '' : (toSensorId(cursor) ?? ''))) {
      const sensor = sensors.get(sensorId);
      if (!sensor || (zone !== undefined && sensor.latest.zone !== zone)) continue;
      found.push(sensor);
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit).map((sensor) => this.describe(sensor));
    const last = items.at(-1);
    if (!last || found.length <= limit) return new Page(items);
    return new Page(items, {
      ...(zone !== undefined && { zone }),
      limit: String(limit),
      cursor: sensorCursor(last.sensorId),
    });
  }

  /**
   * Forgets a sensor in latest, in the list, and in the state of rules; its readings stay in the store.
   * @throws SensorNotFound
   * @throws GatewayError JOURNAL_UNAVAILABLE when that cannot be saved
   */
  async forget(sensorId: string): Promise<void> {
    const position = await this.keeper.forget(sensorId);
    if (position === undefined) throw new SensorNotFound(sensorId);
    await this.rules?.forget(sensorId, position);
  }

  /**
   * Whether the last reading of a sensor was accepted too long ago. The time goes by the monotonic clock; time
   * when the gateway was off does not count.
   */
  isSilent(sensor: Sensor): boolean {
    const { lastMs, heardMs } = sensor;
    const silentMs = this.steady.ms - (heardMs ?? Math.min(0, (lastMs ?? -Infinity) - this.beginMs));
    return silentMs >= this.silentAfterMs(sensor);
  }

  private silentAfterMs({ latest }: Sensor): number {
    const byRuleMs = this.rules?.silentAfterMs(latest.sensorId, latest.zone) ?? Infinity;
    return Math.min(this.config.readings.sensorSilentAfterMs, byRuleMs);
  }

  private describe(sensor: Sensor): SensorDto {
    const active = this.rules?.activeOf(sensor.latest.sensorId) ?? NONE;
    const status = this.isSilent(sensor) ? 'silent' : 'online';
    return new SensorDto(sensor, status, this.silentAfterMs(sensor), active);
  }
}
