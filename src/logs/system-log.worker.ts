import { serveSqlite } from '../common/workers/serve-sqlite.js';
import { EVENT_COLUMNS, eventQuery } from './event-query.js';
import type { LogState } from './event-storage.js';
import type { EventCalls } from './local-event-storage.js';
import { MIGRATIONS } from './log-schema.js';
import { LogShares, type Share, type ShareOwner } from './log-shares.js';
import type { LoggedEvent, SystemEvent } from '../model/system-event.js';

interface EventRow {
  readonly row: number;
  readonly id: string;
  readonly timeUs: number;
  readonly type: SystemEvent['type'];
  readonly message: string;
  readonly sensorId: string | null;
  readonly zone: string | null;
  readonly value: number | null;
  readonly ruleId: string | null;
}

serveSqlite(MIGRATIONS, (db): EventCalls => {
  // An INSERT that finds the id taken would still use up a row, and there would be fewer entries than rows.
  const isAppended = db.prepare<[string], number>('SELECT 1 FROM events WHERE id = ?').pluck();
  const insert = db.prepare(`INSERT INTO events
    (id, time_us, kept_us, type, message, sensor_id, zone, value, rule_id)
    VALUES (@id, @timeUs, @nowUs, @type, @message, @sensorId, @zone, @value, @ruleId)`);
  const dropOldest = db
    .prepare<[ShareOwner], number>(
      `DELETE FROM events WHERE row = (SELECT row FROM events INDEXED BY events_by_owner
         WHERE rule_id IS @ruleId AND sensor_id IS @sensorId ORDER BY row LIMIT 1) RETURNING row`,
    )
    .pluck();
  const removeOld = db.prepare<[number, number, number], ShareOwner & { readonly row: number }>(
    `DELETE FROM events WHERE row IN
      (SELECT row FROM events WHERE kept_us < ? AND row <= ? ORDER BY kept_us LIMIT ?)
     RETURNING row, rule_id AS ruleId, sensor_id AS sensorId`,
  );
  const left = db.prepare<[{ row: number; untold: number }]>(
    'UPDATE log SET dropped_row = max(dropped_row, @row), untold = untold + @untold',
  );
  const told = db.prepare('UPDATE log SET untold = max(0, untold - ?)');
  const shift = db.prepare('UPDATE events SET kept_us = kept_us + ? WHERE row > ?');
  const notAfter = db.prepare('UPDATE events SET kept_us = @nowUs WHERE kept_us > @nowUs');
  const after = db.prepare<[number, number], EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE row > ? ORDER BY row LIMIT ?`,
  );
  const copied = db.prepare('UPDATE log SET copied_row = ?');
  const renew = db.prepare('UPDATE log SET identity = lower(hex(randomblob(16)))');
  const log = db.prepare<[], Omit<LogState, 'lastRow'>>(
    'SELECT identity, copied_row AS copiedRow, dropped_row + 1 AS firstRow, untold FROM log',
  );
  const counts = db.prepare<[], Share>(
    `SELECT rule_id AS ruleId, sensor_id AS sensorId, count(*) AS count
     FROM events INDEXED BY events_by_owner GROUP BY rule_id, sensor_id`,
  );
  const highest = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'events'").pluck();

  let shares = new LogShares(counts.iterate());
  /** Makes a change as one transaction. When it fails, the shares are what the file still has. */
  const commit = <T>(change: () => T): T => {
    try {
      return db.transaction(change)();
    } catch (error) {
      shares = new LogShares(counts.iterate());
      throw error;
    }
  };
  const state = (): LogState => ({
    ...(log.get() ?? { identity: '', copiedRow: 0, firstRow: 1, untold: 0 }),
    lastRow: highest.get() ?? 0,
  });
  const dropAbove = (max: number): number => {
    let dropped = 0;
    let lastDropped = 0;
    while (shares.size > max) {
      const { ruleId, sensorId } = shares.loser(max);
      const owner = { ruleId, sensorId };
      const row = dropOldest.get(owner);
      if (row === undefined) throw new Error('the shares of the log do not fit its entries');
      shares.remove(owner);
      dropped += 1;
      lastDropped = Math.max(lastDropped, row);
    }
    if (dropped > 0) left.run({ row: lastDropped, untold: dropped });
    return dropped;
  };
  return {
    state,
    append: (events, nowUs, max) =>
      commit(() => {
        const appended: LoggedEvent[] = [];
        for (const event of events) {
          if (isAppended.get(event.id) !== undefined) continue;
          const { sensorId = null, zone = null, value = null, ruleId = null } = event;
          const { lastInsertRowid } = insert.run({ ...event, nowUs, sensorId, zone, value, ruleId });
          shares.add({ ruleId, sensorId });
          appended.push({ ...event, row: Number(lastInsertRowid) });
        }
        const dropped = dropAbove(max);
        return { appended, firstRow: state().firstRow, dropped };
      }),
    newest: (filter, limit, position) => {
      const { sql, values } = eventQuery(filter, limit, position);
      return db
        .prepare<unknown[], EventRow>(sql)
        .all(...values)
        .map(toEvent);
    },
    after: (row, limit) => after.all(row, limit).map(toEvent),
    copied: (row) => {
      copied.run(row);
    },
    told: (count) => {
      told.run(count);
    },
    renew: () => {
      renew.run();
    },
    redate: db.transaction((afterRow: number, shiftUs: number, nowUs: number) => {
      if (shiftUs !== 0) shift.run(shiftUs, afterRow);
      notAfter.run({ nowUs });
    }),
    removeOld: (appendedBeforeUs, upToRow, limit) =>
      commit(() => {
        const removed = removeOld.all(appendedBeforeUs, upToRow, limit);
        for (const owner of removed) shares.remove(owner);
        if (removed.length > 0) left.run({ row: Math.max(...removed.map(({ row }) => row)), untold: 0 });
        return { removed: removed.length, firstRow: state().firstRow };
      }),
  };
});

function toEvent({ sensorId, zone, value, ruleId, ...event }: EventRow): LoggedEvent {
  return {
    ...event,
    ...(sensorId !== null && { sensorId }),
    ...(zone !== null && { zone }),
    ...(value !== null && { value }),
    ...(ruleId !== null && { ruleId }),
  };
}
