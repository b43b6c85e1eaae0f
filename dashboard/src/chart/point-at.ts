import type { ChartPoint, ChartSeries } from './chart-data.js';

/** The point of a series nearest to a time; undefined where the series has a gap. */
export function pointAt(
  { timesS, mean, min, max, unfinished }: ChartSeries,
  timeMs: number,
): ChartPoint | undefined {
  const timeS = timeMs / 1000;
  const index = nearest(timesS, timeS);
  const foundS = timesS[index];
  const isUnfinishedNearer =
    unfinished && (foundS === undefined || Math.abs(unfinished.timeS - timeS) < Math.abs(foundS - timeS));
  if (isUnfinishedNearer) return unfinished;
  const [meanThere, minThere, maxThere] = [mean[index], min[index], max[index]];
  if (foundS === undefined || meanThere == null || minThere == null || maxThere == null) return undefined;
  return { timeS: foundS, mean: meanThere, min: minThere, max: maxThere };
}

/** The index of the time nearest to another. @param timesS ascending */
function nearest(timesS: readonly number[], timeS: number): number {
  let low = 0;
  let high = timesS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesS[middle] ?? Infinity) < timeS) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [timesS[low - 1] ?? -Infinity, timesS[low] ?? Infinity];
  return timeS - before < after - timeS ? low - 1 : low;
}
