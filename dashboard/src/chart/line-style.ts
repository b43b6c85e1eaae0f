import type { Colour } from './drawing.js';

/** As many lines as colours that people with colour blindness can tell apart. */
export const MAX_LINES = 8;
/** The later lines are dashed, so that each half of the colours need only differ among themselves. */
const SOLID_LINES = 4;

/** The custom property with the colour of a line. @param count how many lines the chart has */
export function lineColourName(index: number, count: number): string {
  return count === 1 ? '--line' : `--line-${(index % MAX_LINES) + 1}`;
}

/** The lengths of dashes and gaps, in CSS pixels; empty for a solid line. */
export function dashesOf(index: number): number[] {
  return index % MAX_LINES < SOLID_LINES ? [] : [7, 3];
}

/** The colour of a line in the current theme. */
export function lineColour(index: number, count: number, colour: Colour): string {
  return colour(lineColourName(index, count));
}
