import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { RulesCalls, RulesThread } from './rules-thread.js';

/**
 * Opens the rules in a SQLite file.
 * @param file made when it is missing
 * @throws StartError saying why it cannot be opened
 */
export function openLocalRules(file: string, options: FileOptions): Promise<RulesThread> {
  return CallThread.open<RulesCalls>(new URL('./rules.worker.js', import.meta.url), file, options);
}
