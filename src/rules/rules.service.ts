import { randomBytes } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { GatewayError } from '../common/errors/gateway-error.js';
import { formatValue } from '../common/errors/format-value.js';
import { SerialQueue } from '../common/scheduling/serial-queue.js';
import type { RuleBodyDto } from './rule.dto.js';
import { judgeAlike, type Rule } from './rule.js';
import { RulesRunner } from './rules-runner.js';

/** Every reading passes every rule about its sensor, so there is an end to them. */
const MAX_RULES = 1_000;

/** Shows and changes the rules. */
@Injectable()
export class RulesService {
  private readonly turns = new SerialQueue();

  constructor(@Inject(RulesRunner) private readonly runner: RulesRunner) {}

  /** @returns all rules, ordered by name */
  all(): Rule[] {
    return this.runner.book.all();
  }

  /** @throws GatewayError RULE_NOT_FOUND */
  get(id: string): Rule {
    const rule = this.runner.book.get(id);
    if (!rule) throw new GatewayError('RULE_NOT_FOUND', `There is no rule ${formatValue(id)}`);
    return rule;
  }

  /** @throws GatewayError INVALID_RULE, TOO_MANY_RULES, JOURNAL_UNAVAILABLE, TOO_BUSY: nothing has changed then */
  create(body: RuleBodyDto): Promise<Rule> {
    return this.turns.run(async () => {
      if (body.id !== undefined)
        throw wrongId(`absent, because the gateway gives it, got ${formatValue(body.id)}`);
      if (this.runner.book.size >= MAX_RULES)
        throw new GatewayError('TOO_MANY_RULES', `There are ${MAX_RULES} rules, which is the most`);
      return this.put({ ...body.toRule(), id: randomBytes(6).toString('hex'), sinceMs: Date.now() });
    });
  }

  /** @throws GatewayError INVALID_RULE, RULE_NOT_FOUND, JOURNAL_UNAVAILABLE, TOO_BUSY: nothing has changed then */
  replace(id: string, body: RuleBodyDto): Promise<Rule> {
    return this.turns.run(async () => {
      const before = this.get(id);
      if (body.id !== undefined && body.id !== id)
        throw wrongId(`the one in the address, ${formatValue(id)}, or absent, got ${formatValue(body.id)}`);
      const rule = { ...body.toRule(), id, sinceMs: before.sinceMs };
      return this.put(judgeAlike(before, rule) ? rule : { ...rule, sinceMs: Date.now() });
    });
  }

  /** @throws GatewayError RULE_NOT_FOUND, JOURNAL_UNAVAILABLE, TOO_BUSY: nothing has changed then */
  delete(id: string): Promise<void> {
    return this.turns.run(async () => {
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
