import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';

export interface Instruction {
  /** Such as RUN. */
  readonly keyword: string;
  /** What follows it, in one line, with ${ARG} filled in. */
  readonly value: string;
}

/** The instructions of deploy/Dockerfile, in their order, with the defaults of its arguments. */
export function readDockerfile(): Instruction[] {
  const args = new Map<string, string>();
  return readFileSync(join(ROOT, 'deploy', 'Dockerfile'), 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, keyword = '', text = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      const value = text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
        const filled = args.get(name);
        if (filled === undefined) throw new Error(`deploy/Dockerfile uses ${name}, which no ARG declares`);
        return filled;
      });
      const [, name, fallback] = /^(\w+)=(.*)$/.exec(value) ?? [];
      if (keyword === 'ARG' && name !== undefined) args.set(name, fallback ?? '');
      return { keyword, value };
    });
}

/** What .dockerignore lets into the build: it excludes everything, then lists exceptions. */
export function filesOfTheBuild(): string[] {
  const [first, ...rest] = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || !rest.every((line) => line.startsWith('!')))
    throw new Error(
      '.dockerignore must shut everything out with *, and then let in by ! what the image needs',
    );
  return rest.map((line) => line.slice(1));
}
