import type { LoggedEvent } from '../model/system-event.js';
import type { StreamFilter } from './stream-filter.js';
import type { StreamPosition } from './stream-position.js';
import { Topic } from './topic.js';

/**
 * The topics that have clients, by the sensors and zones that they ask for. A reading finds its topics here, whatever the number
 * of clients; what nobody asks for is not in it.
 */
export class Topics {
  private readonly byKey = new Map<string, Topic>();
  private readonly bySensor = new Map<string, Topic[]>();
  /** Those that ask for sensors, too, are in `bySensor` only. */
  private readonly byZone = new Map<string, Topic[]>();
  /** Those that ask for no sensor and no zone. */
  private readonly general = new Set<Topic>();
  private touched = new Set<Topic>();
  private lastId = 0;

  get isEmpty(): boolean {
    return this.byKey.size === 0;
  }

  /** Whether a topic asks for sensors or a zone. */
  get isSelective(): boolean {
    return this.bySensor.size > 0 || this.byZone.size > 0;
  }

  /** The topic of a filter. It is kept until leave() finds it without members. */
  open(filter: StreamFilter, head: StreamPosition): Topic {
    const known = this.byKey.get(filter.key);
    if (known) return known;
    const topic = new Topic((this.lastId += 1), filter, head);
    this.byKey.set(filter.key, topic);
    if (!filter.isSelective) this.general.add(topic);
    for (const [lists, name] of this.placesOf(filter)) {
      const list = lists.get(name);
      if (list) list.push(topic);
      else lists.set(name, [topic]);
    }
    return topic;
  }

  /** To be called when a member has left. */
  leave(topic: Topic): void {
    if (topic.members.size > 0) return;
    this.byKey.delete(topic.filter.key);
    this.general.delete(topic);
    this.touched.delete(topic);
    for (const [lists, name] of this.placesOf(topic.filter)) {
      const list = lists.get(name) ?? [];
      list.splice(list.indexOf(topic), 1);
      if (list.length === 0) lists.delete(name);
    }
  }

  addReading(position: number, sensorId: string, zone: string): void {
    for (const lists of [this.bySensor.get(sensorId), this.byZone.get(zone)])
      if (lists)
        for (const topic of lists) if (topic.addReading(position, sensorId, zone)) this.touched.add(topic);
  }

  /** Readings were accepted: topics that want all of them are not told of each. */
  addedReadings(): void {
    for (const topic of this.general) if (topic.filter.wantsReadings) this.touched.add(topic);
  }

  addEvent(event: LoggedEvent): void {
    const { sensorId, zone } = event;
    const lists = [
      this.general,
      sensorId === undefined ? undefined : this.bySensor.get(sensorId),
      zone === undefined ? undefined : this.byZone.get(zone),
    ];
    for (const list of lists)
      if (list) for (const topic of list) if (topic.addEvent(event)) this.touched.add(topic);
  }

  /** Readings or events up to here were never added. */
  forget(position: StreamPosition): void {
    for (const topic of this.byKey.values()) {
      topic.forget(position);
      this.touched.add(topic);
    }
  }

  /** @returns the topics with something new since the last call */
  takeTouched(): Iterable<Topic> {
    const { touched } = this;
    this.touched = new Set();
    return touched;
  }

  private *placesOf({ sensorIds, zone }: StreamFilter): Generator<[Map<string, Topic[]>, string]> {
    if (sensorIds) for (const sensorId of sensorIds) yield [this.bySensor, sensorId];
    else if (zone !== undefined) yield [this.byZone, zone];
  }
}
