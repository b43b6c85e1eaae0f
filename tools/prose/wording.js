// A rule for textlint: refuses the phrases and spellings that words.yaml lists, in prose but not in code.
import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

const { phrases, spellings } = parse(readFileSync(new URL('words.yaml', import.meta.url), 'utf8'));

/** Matches whole words in any case, but not inside paths and package names. A space also matches a line break. */
const expression = (phrase) =>
  new RegExp(`(?<![\\w/@.-])(?:${phrase.replaceAll(' ', '\\s+')})(?![\\w/-]|://|\\.\\w)`, 'gi');

const CHECKS = [
  ...Object.entries(phrases).map(([phrase, better]) => ({ pattern: expression(phrase), better })),
  ...spellings.map((term) => ({
    pattern: expression(term.replaceAll('.', '\\.')),
    better: term,
    exact: true,
  })),
];

export default function wording({ Syntax, RuleError, report, getSource, locator }) {
  return {
    [Syntax.Str](node) {
      const text = getSource(node);
      for (const { pattern, better, exact } of CHECKS) {
        for (const { 0: found, index } of text.matchAll(pattern)) {
          if (exact && found.replaceAll(/\s+/g, ' ') === better) continue;
          const message = `"${found.replaceAll(/\s+/g, ' ')}": write ${exact ? `"${better}"` : better}`;
          report(node, new RuleError(message, { padding: locator.range([index, index + found.length]) }));
        }
      }
    },
  };
}
