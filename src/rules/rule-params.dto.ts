import { Identifier } from '../model/identifier.decorator.js';

/** The path parameter of routes about one rule. */
export class RuleParamsDto {
  @Identifier('The id of the rule', '4f2a9c81d07b')
  id!: string;
}
