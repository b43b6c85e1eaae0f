// Prints the results of the rounds as Markdown.
import { median, printTable } from '../gateway.mjs';
import { COMPARISONS, targetText, verdict } from './targets.mjs';
import { SYSTEMS } from './systems.mjs';
import { WORKS } from './works.mjs';

const MEASURES = { rate: '', p99Ms: ': p99', medianMs: ': median' };

const count = (value) => Math.round(value).toLocaleString('en');
const figure = (measure, value) => (measure === 'rate' ? count(value) : `${value.toFixed(2)} ms`);
const spread = (measure, values) =>
  values.length === 1
    ? ''
    : ` (${figure(measure, Math.min(...values))} to ${figure(measure, Math.max(...values))})`;

/** Prints each comparison whose two sides were measured: medians, spread, ratio and target. */
export function printComparisons(results) {
  const valuesOf = (system, work, measure) =>
    results.filter((one) => one.system === system && one.work === work).map((one) => one[measure]);
  const rows = [];
  for (const comparison of COMPARISONS) {
    const { work, measure, system = 'gateway', isLimit } = comparison;
    const own = valuesOf(system, work, measure);
    if (own.length === 0) continue;
    const title = WORKS[work].title + MEASURES[measure];
    const ours = figure(measure, median(own)) + spread(measure, own);
    if (isLimit) {
      const judged = [targetText(comparison), verdict(comparison, median(own))];
      rows.push([`${title}, ${SYSTEMS[system].title}`, ours, '', '', '', ...judged]);
      continue;
    }
    const { peer, peerWork } = comparison;
    const theirs = valuesOf(peer, peerWork, measure);
    if (theirs.length === 0) continue;
    const ratio = median(own) / median(theirs);
    rows.push([
      title,
      ours,
      SYSTEMS[peer].title + (peerWork === work ? '' : `: ${WORKS[peerWork].title}`),
      figure(measure, median(theirs)) + spread(measure, theirs),
      ratio.toFixed(2),
      targetText(comparison),
      verdict(comparison, ratio),
    ]);
  }
  printTable(['work', 'gateway, a second', 'peer', 'peer, a second', 'ratio', 'target', ''], rows);
}

/**
 * Prints how many readings were acknowledged, and how many of them were found in the store.
 * @returns whether the gateway accepted all readings, and all of them were found
 */
export function printAccounts(accounts) {
  let good = true;
  for (const system of new Set(accounts.map((account) => account.system))) {
    const mine = accounts.filter((account) => account.system === system);
    const sum = (of) => mine.reduce((total, account) => total + of(account), 0);
    const missing = sum(missingOf);
    const refused = sum((account) => account.refused);
    const surplus = sum((account) => Math.max(0, account.held - account.acknowledged - account.uncounted));
    const complaint = mine.map((account) => account.complaint).find((text) => text);
    if (system === 'gateway') good = missing === 0 && refused === 0 && surplus === 0;
    console.log(
      `${SYSTEMS[system].title}: ${count(sum((account) => account.acknowledged))} readings acknowledged, ` +
        `${count(sum((account) => account.held))} found afterwards, ${count(missing)} missing` +
        (surplus > 0 ? `, ${count(surplus)} more than were sent` : '') +
        (refused > 0 ? `, ${count(refused)} refused (${complaint || 'counted by wrk'})` : '') +
        '.',
    );
  }
  return good;
}

/**
 * All readings that the senders or the gateway itself counted as acknowledged must be in its store. The gateway also counts
 * those that it answered after wrk had ended, so a loss among the last requests is found, too.
 */
const missingOf = ({ acknowledged, held, accepted = 0, claimed = held }) =>
  Math.max(0, Math.max(acknowledged, accepted) - Math.min(held, claimed));
