import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { placeOf } from '../influx/store-place.js';
import { PipelineMonitor } from '../pipeline/pipeline-monitor.js';
import { KnownSensors } from '../registry/known-sensors.js';

const numbers = new Intl.NumberFormat('en-US');

/** Tells an operator where data live, and how much the gateway knows: history that is missing is noticed at the start. */
@Injectable()
export class DataSummary {
  constructor(
    private readonly config: GatewayConfig,
    private readonly dataDir: DataDir,
    private readonly monitor: PipelineMonitor,
    private readonly sensors: KnownSensors,
  ) {}

  /** One sentence, without credentials. */
  get text(): string {
    return `${this.place}${this.isNew ?? `; ${this.known}`}`;
  }

  private get place(): string {
    const { kind, url, bucket } = placeOf(this.config.store);
    const { path } = this.dataDir;
    return kind === 'embedded'
      ? `the embedded store in ${path}`
      : `bucket ${bucket} of InfluxDB at ${withoutQuery(url)}, and ${path}`;
  }

  private get isNew(): string | undefined {
    const { foundAs } = this.dataDir;
    if (foundAs === 'used') return undefined;
    const why = foundAs === 'missing' ? 'did not exist' : 'had no data';
    return `, which ${why}: the gateway begins with nothing. If you expected data, check DATA_DIR, and that its disk is mounted`;
  }

  private get known(): string {
    const { stored, queued } = this.monitor.counts;
    const waiting = queued === 0 ? '' : `, ${numbers.format(queued)} queued`;
    return `${count(this.sensors.size, 'sensor')}, ${count(stored, 'reading')} stored so far${waiting}`;
  }
}

function count(number: number, noun: string): string {
  return `${numbers.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.replace(/\/$/, '');
}
