import type { Position } from '../journal/journal-entry.js';
import type { JournalFeed } from '../pipeline/journal-feed.js';
import type { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor } from '../registry/sensor.js';
import { RuleRegistry } from './rule-registry.js';
import type { RulesStart, RulesThread } from './rules-thread.js';

/** Sensors that are handed to the thread with one call. */
const SEEDS_PER_CALL = 10_000;

/** The rules as they were when the gateway stopped. */
export interface OpenedRules {
  readonly thread: RulesThread;
  readonly registry: RuleRegistry;
  /** The journal is judged up to here. */
  readonly position: Position;
  /** What was damaged, as messages for a person. */
  readonly damages: readonly string[];
}

/**
 * Lets the rules go on where they were. Without a state for this journal, they start with what the registry knows of each
 * sensor.
 * @param maxAheadMs how far ahead of the gateway's clock a device may be
 * @throws CallError when the rules cannot be read or saved
 */
export async function openRules(
  thread: RulesThread,
  journal: JournalFeed,
  knownSensors: KnownSensors,
  maxAheadMs: number,
): Promise<OpenedRules> {
  const { rules, position, ...losses } = await thread.call('start', [
    journal.identity,
    journal.position,
    maxAheadMs,
  ]);
  if (position === undefined) await thread.call('begin', [journal.position]);
  for (const { sensorId, position: at } of knownSensors.forgotten())
    await thread.call('forget', [{ sensorId, position: at }]);
  const unknown = position === undefined ? {} : { sensorIds: losses.lostSensors };
  await seed(thread, [...knownSensors.matching(unknown)]);
  return {
    thread,
    registry: new RuleRegistry(rules),
    position: position ?? journal.position,
    damages: describe(losses, thread.damagedFile),
  };
}

/** Gives the rules what the registry knows about sensors. */
async function seed(thread: RulesThread, sensors: readonly Sensor[]): Promise<void> {
  for (let at = 0; at < sensors.length; at += SEEDS_PER_CALL) {
    const seeds = sensors.slice(at, at + SEEDS_PER_CALL).map(({ latest, stamp, lastMs }) => ({
      sensorId: latest.sensorId,
      newestUs: latest.timestampUs,
      value: latest.value,
      zone: latest.zone,
      stamp,
      wasHeard: lastMs !== undefined,
    }));
    await thread.call('seed', [seeds]);
  }
}

function describe(
  { lostRules, lostSensors }: Pick<RulesStart, 'lostRules' | 'lostSensors'>,
  damagedFile: string | undefined,
): string[] {
  return [
    ...(damagedFile === undefined
      ? []
      : [`rules.db was damaged and was moved to ${damagedFile}: all rules are lost; create them again`]),
    ...(lostRules.length === 0
      ? []
      : [
          `rules.db was damaged: ${lostRules.length} rules are lost (${lostRules.join(', ')}); create them again`,
        ]),
    ...(lostSensors.length === 0
      ? []
      : [
          `rules.db was damaged: rules start over with ${lostSensors.length} sensors, such as ${lostSensors[0] ?? ''}`,
        ]),
  ];
}
