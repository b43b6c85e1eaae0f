import { RuleSet } from './rule-index.js';
import type { Rule } from './rule.js';

/** The rules there are, in memory; the rules' thread keeps them. */
export class RuleBook {
  private readonly rules: Map<string, Rule>;
  private set: RuleSet;

  constructor(rules: readonly Rule[]) {
    this.rules = new Map(rules.map((rule) => [rule.id, rule]));
    this.set = new RuleSet(rules);
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
    this.set = new RuleSet(this.rules.values());
  }

  delete(id: string): void {
    this.rules.delete(id);
    this.set = new RuleSet(this.rules.values());
  }

  /** @returns the shortest time of the silent rules about a sensor, in milliseconds; Infinity when there is none */
  silentAfterMs(sensorId: string, zone: string): number {
    const { silents } = this.set.of(sensorId, zone);
    return Math.min(...silents.map(({ afterSeconds }) => afterSeconds * 1000));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
