import { join } from 'node:path';

import fc from 'fast-check';

import { ExpiryClock } from '../../src/clock/expiry-clock.js';
import { RELEASED } from '../../src/common/config/version.js';
import type { RememberedAnswer } from '../../src/journal/entry.js';
import { JournaledAnswers } from '../../src/pipeline/journaled-answers.js';
import { LocalLedger } from '../../src/pipeline/state/local-ledger.js';
import { emptyFolder, fileOptions } from '../support/environment.js';

const MAX_BYTES = 100_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Step =
  | { readonly kind: 'ask'; readonly key: number; readonly length: number; readonly isKept: boolean }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'set'; readonly daysAhead: number }
  | { readonly kind: 'save' | 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      key: fc.nat(8),
      length: fc.oneof(fc.nat(400), fc.nat(40_000)),
      isKept: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      minutes: fc.integer({ min: 1, max: 1_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      daysAhead: fc.constantFrom(0, -2, 3, 3_650),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('save' as const, 'restart' as const) }) },
);

/** A machine whose clock can be set, and a gateway on it that can be restarted. */
class Machine {
  readonly rightMs = Date.parse(RELEASED) + 100 * DAY_MS;
  aheadMs = 0;
  ranMs = 0;
  readonly steady = { ms: 0 };

  start(notedMs?: number): ExpiryClock {
    this.steady.ms = 0;
    return new ExpiryClock(notedMs, () => this.rightMs + this.ranMs + this.aheadMs, this.steady);
  }

  run(ms: number): void {
    this.ranMs += ms;
    this.steady.ms += ms;
  }
}

it('counts the bytes of remembered answers exactly, and keeps each for 24 hours, whatever the clock shows', async () => {
  const run = async (steps: readonly Step[]): Promise<void> => {
    const file = join(emptyFolder(), 'state.db');
    const open = (): Promise<LocalLedger> => LocalLedger.open(file, fileOptions());
    let ledger = await open();
    const machine = new Machine();
    let clock = machine.start();
    let answers = new JournaledAnswers(ledger, MAX_BYTES, clock, machine.steady);
    // What the journal has, and what is to be remembered.
    const journal: RememberedAnswer[] = [];
    const model = new Map<string, { readonly length: number; readonly endsMs: number }>();
    const save = async (): Promise<void> => {
      // Read first, as the gateway does: a leap that is noticed only now corrects what is saved.
      const nowUs = clock.nowMs * 1000;
      const unsaved = answers.unsavedOf(journal);
      await ledger.remember(unsaved, nowUs);
      answers.saved(unsaved);
    };
    for (const one of steps) {
      // Waits never add up to exactly 24 hours.
      if (one.kind === 'wait') machine.run(one.minutes * 60_007);
      if (one.kind === 'set') {
        // Before it, somebody asked for the time.
        expect(clock.nowMs).toBeDefined();
        machine.aheadMs = one.daysAhead * DAY_MS;
      }
      if (one.kind === 'save') await save();
      if (one.kind === 'restart') {
        const { nowMs } = clock;
        await ledger.close();
        ledger = await open();
        clock = machine.start(nowMs);
        answers = new JournaledAnswers(ledger, MAX_BYTES, clock, machine.steady);
        // A journal may also hold what the state file has already, with the expiry before a leap.
        for (const answer of journal)
          if ((model.get(answer.key)?.endsMs ?? 0) > machine.ranMs) answers.add(answer);
        await answers.restored();
      }
      if (one.kind !== 'ask') continue;
      const key = `k${one.key % 3}\nkey ${one.key}`;
      const found = await answers.find(key);
      const known = model.get(key);
      const isKnown = known !== undefined && known.endsMs > machine.ranMs;
      expect(found?.answer.length).toBe(isKnown ? known.length : undefined);
      if (found) continue;
      try {
        await answers.makeRoom(`key k${one.key % 3}`);
        const answer = JSON.stringify('ü'.repeat(one.length));
        const kept = answers.reserve({ key, fingerprint: 'f', answer });
        if (one.isKept) {
          answers.add(kept);
          journal.push(kept);
          model.set(key, { length: answer.length, endsMs: machine.ranMs + DAY_MS });
        }
        answers.settle(kept);
      } catch (error) {
        expect(error).toMatchObject({ code: 'IDEMPOTENCY_FULL' });
      }
      const counted = answers.bytes;
      expect(counted).toBeLessThanOrEqual(MAX_BYTES);
      await answers.restored();
      expect(answers.bytes).toBe(counted);
    }
    await save();
    machine.run(DAY_MS + MINUTE_MS);
    await answers.makeRoom('key k0');
    expect(answers.bytes).toBe(0);
    await ledger.close();
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), (steps) => run(steps)),
    { numRuns: 20 },
  );
});
