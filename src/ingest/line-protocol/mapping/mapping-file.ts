import { readFileSync, statSync } from 'node:fs';

import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

import { explainReadError } from '../../../common/errors/explain-access.js';
import { StartError } from '../../../common/errors/start-error.js';
import { MappingRule } from './mapping-rule.js';
import { checkRules, type Problem } from './rule-check.js';

/** Some hundred rules. */
const MAX_BYTES = 65_536;
/** How many problems of a file are named. */
const MAX_PROBLEMS = 20;

/**
 * Reads the file of LINE_MAPPING: a list of rules in YAML, or JSON, which is YAML too (docs/line-mapping.md).
 * @param file its path
 * @returns at least one rule
 * @throws StartError that names the first problems with their lines, and what would be right
 */
export function readMappingFile(file: string): readonly MappingRule[] {
  const text = readText(file);
  try {
    return parse(file, text);
  } catch (error) {
    if (error instanceof StartError) throw error;
    // It is nested too deeply, or has too many aliases.
    throw wrong(file, [`it must be simpler: ${(error as Error).message}`]);
  }
}

function parse(file: string, text: string): readonly MappingRule[] {
  const lines = new LineCounter();
  // All values are texts then, as they are written: a tag slave_id is "01", not the number 1.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    if (error.code === 'MULTIPLE_DOCS') throw wrong(file, ['it must be one document, got several']);
    // A star that begins a value is YAML's sign for an alias.
    const hint = /alias/i.test(error.message) ? '; a pattern that begins with * must be in quotes' : '';
    const [sentence = ''] = error.message.split(/:?\n/, 1);
    throw wrong(file, [`it must be YAML: ${sentence}${hint}`]);
  }
  const { specs, problems } = checkRules(document.toJS({ mapAsMap: true }));
  if (problems.length > 0)
    throw wrong(
      file,
      problems.map((problem) => sentenceOf(problem, document, lines)),
    );
  return specs.map((spec) => new MappingRule(spec));
}

function readText(file: string): string {
  try {
    const status = statSync(file);
    const { size } = status;
    if (!status.isFile()) throw new Error('it must be a file');
    if (size > MAX_BYTES) throw new Error(`it must have at most ${MAX_BYTES} bytes, got ${size}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new StartError(
      `LINE_MAPPING must be a file of rules in UTF-8 that can be read: ${file}: ${explainReadError(file, error)}`,
      { cause: error },
    );
  }
}

function sentenceOf({ path, message }: Problem, document: Document, lines: LineCounter): string {
  const nodeAt = (at: typeof path): unknown => document.getIn(at, true);
  // A key that is missing has no line of its own.
  const node = [path, path.slice(0, 1)].map(nodeAt).find(isNode);
  const line = node?.range ? `line ${lines.linePos(node.range[0]).line}, ` : '';
  const rule = typeof path[0] === 'number' ? `rule ${path[0] + 1}: ` : '';
  return `${line}${rule}${message}`;
}

function wrong(file: string, sentences: readonly string[]): StartError {
  const named = sentences.slice(0, MAX_PROBLEMS);
  if (sentences.length > named.length) named.push(`${sentences.length - named.length} more`);
  return new StartError(
    `LINE_MAPPING: ${file} is wrong:\n${named.map((sentence) => `  - ${sentence}`).join('\n')}`,
  );
}
