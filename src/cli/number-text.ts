const format = new Intl.NumberFormat('en-US');

/** @returns such as 1,234,567 */
export function count(number: number): string {
  return format.format(number);
}

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** @returns such as "45 s", "2 min 5 s", "3 h 20 min" */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const index = UNITS.findIndex(([size]) => whole >= size);
  const [size, name] = UNITS[index] ?? [1, 's'];
  if (index < 0) return `${whole} s`;
  const [smaller, smallerName] = UNITS[index + 1] ?? [1, 's'];
  const rest = Math.floor((whole % size) / smaller);
  return `${Math.floor(whole / size)} ${name}${rest === 0 ? '' : ` ${rest} ${smallerName}`}`;
}
