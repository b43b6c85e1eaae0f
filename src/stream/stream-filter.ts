import type { Deletion } from '../model/deletion.js';
import type { SystemEvent } from '../model/system-event.js';

export const MESSAGE_TYPES = ['reading', 'log', 'anomaly', 'critical', 'normal'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export interface StreamFilterOptions {
  readonly zone?: string;
  readonly sensorIds?: readonly string[];
  readonly types?: readonly MessageType[];
}

/** Selects the messages that a client wants. */
export class StreamFilter {
  /** Equal for filters that select the same. */
  readonly key: string;
  readonly wantsReadings: boolean;
  readonly wantsEvents: boolean;
  /** Whether it asks for sensors or a zone. */
  readonly isSelective: boolean;
  readonly zone: string | undefined;
  readonly sensorIds: readonly string[] | undefined;
  private readonly sensors: ReadonlySet<string> | undefined;
  private readonly types: ReadonlySet<MessageType>;

  constructor({ zone, sensorIds, types = ['reading', 'log'] }: StreamFilterOptions) {
    this.zone = zone;
    this.types = new Set(types);
    this.sensors = sensorIds && new Set(sensorIds);
    this.sensorIds = this.sensors && [...this.sensors];
    this.wantsReadings = this.types.has('reading');
    this.wantsEvents = types.some((type) => type !== 'reading');
    this.isSelective = zone !== undefined || sensorIds !== undefined;
    this.key = JSON.stringify([zone, this.sensorIds, [...this.types]]);
  }

  matchesReading(sensorId: string, zone: string): boolean {
    return (
      (this.zone === undefined || this.zone === zone) &&
      (this.sensors === undefined || this.sensors.has(sensorId))
    );
  }

  /** Whether it may have shown a reading that was deleted. */
  mayHaveShown({ sensorId, zone }: Deletion): boolean {
    return (
      this.wantsReadings &&
      (this.zone === undefined || zone === undefined || this.zone === zone) &&
      (this.sensors === undefined || this.sensors.has(sensorId))
    );
  }

  /** An event that is not about a sensor matches no sensor and no zone. */
  matchesEvent({ type, sensorId, zone }: SystemEvent): boolean {
    return (
      (this.types.has('log') || this.types.has(type)) &&
      (this.zone === undefined || this.zone === zone) &&
      (this.sensors === undefined || (sensorId !== undefined && this.sensors.has(sensorId)))
    );
  }
}
