/** The height of a scale is a number, too. */
const MAX_VALUE = Number.MAX_VALUE / 4;
/** The least height, as a share of the values: computers cannot tell apart what differs by much less. */
const MIN_SHARE = 1e-12;

/** The lowest and the highest value of a scale: some space around the values, and thresholds that are not far away. */
export function valueRange(
  min: number | null,
  max: number | null,
  thresholds: readonly { readonly value: number }[] = [],
): [low: number, high: number] {
  if (min === null || max === null) return [0, 1];
  const [least, most] = [Math.max(min, -MAX_VALUE), Math.min(max, MAX_VALUE)];
  const size = Math.max(Math.abs(least), Math.abs(most));
  const span = most - least || size || 1;
  const near = thresholds
    .map(({ value }) => value)
    .filter((value) => value > least - span && value < most + span);
  const low = Math.min(least, ...near);
  const high = Math.max(most, ...near);
  const space = Math.max((high - low || span) * 0.08, size * MIN_SHARE);
  return [low - space, high + space];
}
