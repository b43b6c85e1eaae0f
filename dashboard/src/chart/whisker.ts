import type uPlot from 'uplot';

const CAP_PX = 3;

/** From the largest value of the unfinished bucket, in this series, to the smallest, in the next one. */
export function whiskerPath(chart: uPlot, seriesIndex: number): uPlot.Series.Paths | null {
  const [timesS, largest, smallest] = [0, seriesIndex, seriesIndex + 1].map(
    (index) => chart.data[index] ?? [],
  );
  const at = largest?.findLastIndex((value) => typeof value === 'number') ?? -1;
  const [timeS, max, min] = [timesS?.[at], largest?.[at], smallest?.[at]];
  if (timeS == null || max == null || min == null || max === min) return null;
  const scale = chart.series[seriesIndex]?.scale ?? 'y';
  const x = chart.valToPos(timeS, 'x', true);
  const cap = CAP_PX * devicePixelRatio;
  const stroke = new Path2D();
  const [top, bottom] = [max, min].map((value) => chart.valToPos(value, scale, true));
  if (top === undefined || bottom === undefined) return null;
  stroke.moveTo(x, top);
  stroke.lineTo(x, bottom);
  for (const y of [top, bottom]) {
    stroke.moveTo(x - cap, y);
    stroke.lineTo(x + cap, y);
  }
  return { stroke };
}
