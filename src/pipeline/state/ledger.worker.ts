import { serveSqlite } from '../../common/workers/serve-sqlite.js';
import type { StorePlace } from '../../influx/store-place.js';
import type { DeletionResult } from '../../model/deletion.js';
import type { RememberedAnswer } from '../../journal/entry.js';
import { DeadLetterTable } from './dead-letter-table.js';
import { DeletionTable } from './deletion-table.js';
import type { SavedSensors, SensorBytes, SettledStore, Step } from './ledger.js';
import type { LedgerCalls } from './local-ledger.js';
import { PipelineTable } from './pipeline-table.js';
import { RememberedTable } from './remembered-table.js';
import { SensorTable } from './sensor-table.js';
import { MIGRATIONS } from './state-schema.js';
import { StoreTable } from './store-table.js';
import type { ForgottenSensor } from '../../registry/sensor.js';

/** The thread that owns state.db. Changes that belong together are one transaction. */
serveSqlite(MIGRATIONS, (db): LedgerCalls => {
  const pipeline = new PipelineTable(db);
  const sensors = new SensorTable(db);
  const remembered = new RememberedTable(db);
  const letters = new DeadLetterTable(db);
  const stores = new StoreTable(db);
  const deletions = new DeletionTable(db);
  const putSensors = ({ sensors: changed, countedSeq }: SavedSensors): void => {
    sensors.put(changed, countedSeq);
  };

  return {
    start: () => {
      const before = pipeline.get();
      if (!before) pipeline.replace(0, { stored: 0, deadLettered: 0, damaged: 0 });
      const damagedDeadLetters = letters.dropDamaged();
      if (damagedDeadLetters > 0)
        pipeline.add(0, { stored: 0, deadLettered: -damagedDeadLetters, damaged: damagedDeadLetters });
      return {
        releasedSeq: before?.releasedSeq,
        counters: pipeline.counters,
        identity: pipeline.identity,
        forgotten: sensors.forgotten(),
        latestLoaded: before?.latestLoaded === 1,
        damagedDeadLetters,
      };
    },
    adopt: (releasedSeq, counters) => {
      pipeline.replace(releasedSeq, counters);
    },
    renew: db.transaction((lastSeq: number) => {
      pipeline.renew();
      sensors.uncountAfter(lastSeq);
      deletions.dropAfter(lastSeq);
      return pipeline.identity;
    }),
    step: db.transaction((step: Step) => {
      const changes = new Map<string, number>();
      const change = ({ sensorId, bytes }: SensorBytes): void => {
        changes.set(sensorId, (changes.get(sensorId) ?? 0) + bytes);
      };
      let replayed = 0;
      for (const id of step.replayed) {
        const deleted = letters.delete(id);
        if (!deleted) continue;
        replayed += 1;
        change({ sensorId: deleted.sensorId, bytes: -deleted.bytes });
      }
      const ended: DeletionResult[] = [];
      let put = 0;
      const putUpTo = (end: number): void => {
        for (const letter of step.deadLetters.slice(put, end)) change(letters.put(letter));
        put = end;
      };
      // Dead letters of readings that were accepted after a deletion stay.
      for (const { lettersBefore, forgets, ignoredUs, ...result } of step.deletions) {
        const { position, deletion, refusal } = result;
        putUpTo(lettersBefore);
        const deleted = refusal === undefined ? letters.deleteCovered(deletion) : undefined;
        if (deleted && deleted.letters > 0) change({ sensorId: deleted.sensorId, bytes: -deleted.bytes });
        if (forgets) sensors.remove(deletion.sensorId, position, ignoredUs);
        const id = `${pipeline.identity}-${position}`;
        ended.push({ ...result, id, deadLetters: deleted?.letters ?? 0 });
      }
      deletions.ended(ended);
      putUpTo(step.deadLetters.length);
      if (step.deletions.length > 0) deletions.released(step.releasedSeq);
      putSensors(step);
      sensors.dropForgotten(step.releasedSeq);
      remembered.put(step.remembered);
      const { releasedSeq, stored, damaged } = step;
      pipeline.add(releasedSeq, { stored, damaged, deadLettered: step.deadLetters.length - replayed });
      return {
        counters: pipeline.counters,
        changes: Array.from(changes, ([sensorId, bytes]) => ({ sensorId, bytes })),
        deletions: ended,
      };
    }),
    sensors: (afterSensorId, limit) => sensors.page(afterSensorId, limit),
    saveSensors: db.transaction(putSensors),
    latestLoaded: db.transaction((loaded: SavedSensors) => {
      putSensors(loaded);
      pipeline.markLoaded(true);
    }),
    store: () => stores.current,
    settleStore: db.transaction((place: StorePlace, bucketId: string | undefined): SettledStore => {
      const hasChanged = stores.settle(place, bucketId, pipeline.counters.stored);
      if (hasChanged) {
        sensors.clear();
        deletions.dropAfter(-1);
        pipeline.markLoaded(false);
      }
      return { hasChanged, untold: stores.untold() };
    }),
    learnBucketId: db.transaction((bucketId: string) => {
      stores.learnBucketId(bucketId);
    }),
    toldOfStore: (id) => {
      stores.told(id);
    },
    reloadLatest: () => {
      pipeline.markLoaded(false);
    },
    forget: db.transaction((forgotten: ForgottenSensor) => {
      sensors.forget(forgotten);
    }),
    remember: db.transaction((answers: readonly RememberedAnswer[], nowUs: number) => {
      remembered.putNew(answers, nowUs);
    }),
    recall: (key) => remembered.get(key),
    remembered: (keys) => remembered.headsOf(keys),
    moveExpiry: (leap, latestUs) => {
      remembered.moveExpiry(leap, latestUs);
    },
    rememberedBytes: (withoutKeys) => remembered.bytes(withoutKeys),
    forgetExpired: (nowUs, withoutKeys) => {
      remembered.dropExpired(nowUs);
      return remembered.bytes(withoutKeys);
    },
    deadLetters: (afterId, limit) => letters.page(afterId, limit),
    deadLetterIds: (afterId, limit) => letters.ids(afterId, limit),
    deadLettersOf: (ids) => letters.of(ids),
    deadLettersByPoint: (after, limit) => letters.pageByPoint(after, limit),
    existingDeadLetters: (ids) => letters.existing(ids),
    hasNewerDeadLetter: (points) => letters.hasNewer(points),
    deadLetterBytes: (afterSensorId, limit) => letters.bytes(afterSensorId, limit),
    lastDeadLetterId: () => letters.lastId(),
    reserveDeadLetterIds: db.transaction((upTo: number) => {
      letters.reserveIds(upTo);
    }),
    keepCount: (position, readings) => {
      deletions.keep(position, readings);
    },
    keptCount: (position) => deletions.kept(position),
    unrecordedDeletions: () => deletions.unrecorded(),
    recordedDeletion: (id) => {
      deletions.recorded(id);
    },
    deleteDeadLetter: (id) => letters.delete(id),
  };
});
