/** At sensitivity 0.5: decimal places of rarity, and the drift in usual sizes. docs/anomaly.md, "How to read the score". */
const RARE = 5;
const FAR = 1.6;
/** From here on a count is written with a word: 3.8 million. */
const LARGE = 1_000_000;

/**
 * The meaning of a sensitivity: what starts an episode. A test compares it with the gateway's code and with docs/anomaly.md.
 * @param locale of the numbers; the user's by default
 */
export function describeSensitivity(sensitivity: number, locale?: string): string {
  const score = Math.min(0.98, Math.max(0.02, 1 - sensitivity));
  const surprise = (score / (1 - score)) ** 0.25;
  const rarity = 10 ** (RARE * surprise);
  const count = new Intl.NumberFormat(locale, {
    maximumSignificantDigits: 2,
    ...(rarity >= LARGE && { notation: 'compact', compactDisplay: 'long' }),
  }).format(rarity);
  const drift = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(
    FAR * surprise,
  );
  return `Reports a single reading that comes once in ${count}, or a drift of ${drift} times the usual size.`;
}
