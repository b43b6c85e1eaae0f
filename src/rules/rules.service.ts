import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { GatewayError } from '../common/errors/gateway-error.js';
import { formatValue } from '../common/errors/format-value.js';
import { SerialQueue } from '../common/scheduling/serial-queue.js';
import type { RuleBodyDto } from './rule.dto.js';
import { judgeAlike, type Rule } from './rule.js';
import { RulesRunner } from './rules-runner.js';

/** Every reading is judged by every rule about its sensor, so their number has a limit. */
const MAX_RULES = 1_000;

/** Shows and changes the rules. */
@Injectable()
export class RulesService {
  private readonly queue = new SerialQueue();

  constructor(private readonly runner: RulesRunner) {}

  /** @returns all rules, ordered by name */
  all(): Rule[] {
    return this.runner.registry.all();
  }

  /** @throws GatewayError RULE_NOT_FOUND */
  get(id: string): Rule {
    const rule = this.runner.registry.get(id);
    if (!rule) throw new GatewayError('RULE_NOT_FOUND', `Unknown rule ${formatValue(id)}`);
    return rule;
  }

  /** @throws GatewayError INVALID_RULE, TOO_MANY_RULES, JOURNAL_UNAVAILABLE, TOO_BUSY: nothing has changed then */
  create(body: RuleBodyDto): Promise<Rule> {
    return this.queue.run(async () => {
      if (body.id !== undefined)
        throw wrongId(`absent, because the gateway chooses it, got ${formatValue(body.id)}`);
      if (this.runner.registry.size >= MAX_RULES)
        throw new GatewayError('TOO_MANY_RULES', `The limit of ${MAX_RULES} rules is reached`);
      return this.put({ ...body.toRule(), id: randomBytes(6).toString('hex'), sinceMs: Date.now() });
    });
  }

  /** @throws GatewayError INVALID_RULE, RULE_NOT_FOUND, JOURNAL_UNAVAILABLE, TOO_BUSY: nothing has changed then */
  replace(id: string, body: RuleBodyDto): Promise<Rule> {
    return this.queue.run(async () => {
      const before = this.get(id);
      if (body.id !== undefined && body.id !== id)
        throw wrongId(`the one in the URL, ${formatValue(id)}, or absent, got ${formatValue(body.id)}`);
      const rule = { ...body.toRule(), id, sinceMs: before.sinceMs };
      return this.put(judgeAlike(before, rule) ? rule : { ...rule, sinceMs: Date.now() });
    });
  }

  /** @throws GatewayError RULE_NOT_FOUND, JOURNAL_UNAVAILABLE, TOO_BUSY: nothing has changed then */
  delete(id: string): Promise<void> {
    return this.queue.run(async () => {
      this.get(id);
      await this.runner.delete(id);
    });
  }

  private async put(rule: Rule): Promise<Rule> {
    await this.runner.put(rule);
    return rule;
  }
}

function wrongId(rule: string): GatewayError {
  const message = `id must be ${rule}`;
  return new GatewayError('INVALID_RULE', message, { errors: [{ path: 'id', message }] });
}
