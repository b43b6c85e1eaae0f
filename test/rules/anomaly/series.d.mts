export interface Random {
  uniform(): number;
  normal(): number;
  heavy(): number;
}

export type Generate = (seconds: number, index: number) => number;

export function random(seed: number): Random;

export const CLEAN: Record<string, (numbers: Random) => Generate>;

export function series(
  generate: Generate,
  count: number,
  everySeconds: number,
): { value: number; timestampUs: number }[];
