// One round: starts every system again, and lets one system after the other do each work.
import { SYSTEMS } from './systems.mjs';
import { WORKS } from './works.mjs';

/**
 * Does the work of a round.
 * @param note called with each result: work, system, rate and p99Ms; also for the systems that were compared in turns
 * @returns for each system that stores readings, how many were acknowledged, were refused, and were found afterwards
 */
export async function runRound({ systems, works, round, withInfluxdb, effort, note, say }) {
  const running = new Map();
  const accounts = new Map();
  try {
    for (const name of systems) running.set(name, await SYSTEMS[name].start({ withInfluxdb, ...effort }));
    for (const work of works) {
      // In each round another system is first.
      const turn = round % systems.length;
      for (const name of [...systems.slice(turn), ...systems.slice(0, turn)]) {
        const system = running.get(name);
        if (!WORKS[work].can(system)) continue;
        const { beside = [], ...result } = await WORKS[work].run(system, effort);
        for (const one of [{ system: name, ...result }, ...beside]) {
          say(`${work}, ${one.system}: ${Math.round(one.rate).toLocaleString('en')}/s`);
          note({ work, ...one });
        }
        await system.settle?.();
        addTo(accounts, name, result);
      }
    }
    const found = [];
    for (const [name, account] of accounts) {
      const count = await running.get(name).count?.();
      if (count) found.push({ system: name, ...account, ...count });
    }
    return found;
  } finally {
    for (const system of running.values()) await system.stop();
  }
}

function addTo(accounts, name, { acknowledged, refused = 0, uncounted, complaint }) {
  const before = accounts.get(name) ?? { acknowledged: 0, refused: 0, uncounted: 0, complaint: '' };
  accounts.set(name, {
    acknowledged: before.acknowledged + acknowledged,
    refused: before.refused + refused,
    uncounted: before.uncounted + uncounted,
    complaint: before.complaint || complaint || '',
  });
}
