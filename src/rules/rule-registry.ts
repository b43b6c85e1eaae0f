import { RuleIndex } from './rule-index.js';
import type { Rule } from './rule.js';

/** All rules, in memory. The thread of the rules saves them. */
export class RuleRegistry {
  private readonly rules: Map<string, Rule>;
  private index: RuleIndex;

  constructor(rules: readonly Rule[]) {
    this.rules = new Map(rules.map((rule) => [rule.id, rule]));
    this.index = new RuleIndex(rules);
  }

  get size(): number {
    return this.rules.size;
  }

  /** All of them, ordered by name, then by id. */
  all(): Rule[] {
    return [...this.rules.values()].sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  }

  get(id: string): Rule | undefined {
    return this.rules.get(id);
  }

  put(rule: Rule): void {
    this.rules.set(rule.id, rule);
    this.index = new RuleIndex(this.rules.values());
  }

  delete(id: string): void {
    this.rules.delete(id);
    this.index = new RuleIndex(this.rules.values());
  }

  /** @returns the shortest time after which a rule takes a sensor for silent, in milliseconds; Infinity without such a rule */
  silentAfterMs(sensorId: string, zone: string): number {
    const { silents } = this.index.of(sensorId, zone);
    return Math.min(...silents.map(({ afterSeconds }) => afterSeconds * 1000));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
