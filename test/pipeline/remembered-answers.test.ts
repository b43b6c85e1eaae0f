import { join } from 'node:path';

import fc from 'fast-check';

import type { RememberedAnswer } from '../../src/journal/entry-codec.js';
import type { PipelineStateCalls } from '../../src/pipeline/state/pipeline-state.js';
import { JournaledAnswers } from '../../src/pipeline/journaled-answers.js';
import { CallThread } from '../../src/common/workers/call-thread.js';
import { emptyFolder, fileOptions, ROOT } from '../support/environment.js';

const MAX_BYTES = 100_000;
const MINUTE_MS = 60_000;
const REMEMBERED_MS = 2 * MINUTE_MS;

type Step =
  | { readonly kind: 'ask'; readonly key: number; readonly length: number; readonly isKept: boolean }
  | { readonly kind: 'wait'; readonly seconds: number }
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
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('save' as const, 'restart' as const) }) },
);

it('counts the bytes of remembered answers exactly, through expiry, saves and restarts', async () => {
  const script = new URL(`file://${join(ROOT, 'dist', 'pipeline', 'state', 'pipeline-state.worker.js')}`);
  const run = async (steps: readonly Step[]): Promise<void> => {
    const file = join(emptyFolder(), 'state.db');
    const open = (): Promise<CallThread<PipelineStateCalls>> =>
      CallThread.open<PipelineStateCalls>(script, file, fileOptions());
    let state = await open();
    let answers = new JournaledAnswers(state, MAX_BYTES);
    let nowMs = Date.now();
    // What the journal has, and what is to be remembered.
    const journal: RememberedAnswer[] = [];
    const model = new Map<string, RememberedAnswer>();
    const save = async (): Promise<void> => {
      const unsaved = answers.unsavedOf(journal);
      await state.call('remember', [unsaved]);
      answers.saved(unsaved);
    };
    for (const one of steps) {
      if (one.kind === 'wait') nowMs += one.seconds * 1000;
      if (one.kind === 'save') await save();
      if (one.kind === 'restart') {
        await state.close();
        state = await open();
        answers = new JournaledAnswers(state, MAX_BYTES);
        // A journal may also hold what the state file has already.
        for (const answer of journal) answers.add(answer);
        await answers.restored();
      }
      if (one.kind !== 'ask') continue;
      const key = `k${one.key % 3}\nkey ${one.key}`;
      const found = await answers.find(key, nowMs * 1000);
      const known = model.get(key);
      const isKnown = known !== undefined && known.expiresUs > nowMs * 1000;
      expect(found?.answer.length).toBe(isKnown ? known.answer.length : undefined);
      if (found) continue;
      try {
        await answers.makeRoom(`key k${one.key % 3}`, nowMs);
        const answer = JSON.stringify('ü'.repeat(one.length));
        const expiresUs = (nowMs + REMEMBERED_MS) * 1000;
        const kept = answers.reserve({ key, fingerprint: 'f', answer, expiresUs });
        if (one.isKept) {
          answers.add(kept);
          journal.push(kept);
          model.set(key, { key, fingerprint: 'f', answer, expiresUs });
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
    nowMs += REMEMBERED_MS + MINUTE_MS;
    await answers.makeRoom('key k0', nowMs);
    expect(answers.bytes).toBe(0);
    await state.close();
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), (steps) => run(steps)),
    { numRuns: 10 },
  );
});
