import { ApiProperty } from '@nestjs/swagger';

import { intervalMsOf } from '../registry/rhythm.js';
import type { Sensor } from '../registry/sensor.js';
import { Identifier } from '../model/identifier.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';

const EXAMPLE = '2026-01-30T14:18:38.123Z';

/** A rule that is critical for a sensor. */
export class ActiveRuleDto {
  @ApiProperty({ type: String, description: 'The rule' })
  readonly ruleId!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description:
      'Since when: the time of its event; for a silent rule after a restart, as if the gateway had run all the time',
    example: EXAMPLE,
  })
  readonly since!: string;
}

/** A known sensor. */
export class SensorDto {
  @Identifier('The sensor', 'sensor_001')
  readonly sensorId: string;

  @Identifier('The zone of its newest reading', 'zone_A')
  readonly zone: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    description: 'When its first reading was accepted; absent when the store had it before this gateway',
    example: EXAMPLE,
  })
  readonly firstSeen?: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    description: 'When its last reading was accepted, whatever its timestamp; absent when firstSeen is',
    example: EXAMPLE,
  })
  readonly lastSeen?: string;

  @ApiProperty({ type: 'integer', description: 'Readings that were accepted' })
  readonly readings: number;

  @ApiProperty({
    enum: ['online', 'silent'],
    description: 'silent: no reading was accepted for SENSOR_SILENT_AFTER, or for the time of a silent rule',
  })
  readonly status: 'online' | 'silent';

  @ApiProperty({
    type: 'integer',
    description: 'After how many milliseconds without an accepted reading it becomes silent',
  })
  readonly silentAfterMs: number;

  @ApiProperty({
    type: 'integer',
    required: false,
    description:
      'The usual time between its readings, in milliseconds; absent until some were accepted in this run',
  })
  readonly intervalMs?: number;

  @ApiProperty({
    type: 'integer',
    required: false,
    description:
      'The usual time from the timestamp of the device until acceptance, in milliseconds, 0 for a device whose clock is ahead; absent when the gateway gives the timestamps',
  })
  readonly delayMs?: number;

  @ApiProperty({
    type: [ActiveRuleDto],
    required: false,
    description: 'The rules that are critical for it now; absent when none is',
  })
  readonly activeRules?: readonly ActiveRuleDto[];

  constructor(
    sensor: Sensor,
    status: SensorDto['status'],
    silentAfterMs: number,
    activeRules: ReadonlyMap<string, number>,
  ) {
    const { latest, firstMs, lastMs, readings, delayMs } = sensor;
    const intervalMs = intervalMsOf(sensor);
    this.sensorId = latest.sensorId;
    this.zone = latest.zone;
    if (firstMs !== undefined) this.firstSeen = formatTimestamp(firstMs * 1000);
    if (lastMs !== undefined) this.lastSeen = formatTimestamp(lastMs * 1000);
    this.readings = readings;
    this.status = status;
    this.silentAfterMs = Math.round(silentAfterMs);
    if (intervalMs !== undefined) this.intervalMs = intervalMs;
    if (delayMs !== undefined) this.delayMs = delayMs;
    if (activeRules.size > 0)
      this.activeRules = Array.from(activeRules, ([ruleId, sinceMs]) => ({
        ruleId,
        since: formatTimestamp(Math.round(sinceMs * 1000)),
      }));
  }
}
