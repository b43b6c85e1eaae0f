import type { RuleDraft } from './rule-draft.js';

/** More forms than anybody leaves open; the oldest goes first. */
const MAX_KEPT = 20;

/** Input that was not saved, by form: it is there again when the user comes back, until the page is closed. */
const kept = new Map<string, RuleDraft>();

export function keptDraft(form: string): RuleDraft | undefined {
  return kept.get(form);
}

export function keepDraft(form: string, draft: RuleDraft): void {
  kept.delete(form);
  kept.set(form, draft);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
}

export function discardDraft(form: string): void {
  kept.delete(form);
}
