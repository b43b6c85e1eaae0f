import './compare.css';

import { type ReactNode, useMemo } from 'react';

import { useLocation } from '../common/location.js';
import { View } from '../components/view.js';
import { DEFAULT_PRESET, lastOf, namedRangeOf } from '../history/time-range.js';
import { AddSensor } from './add-sensor.js';
import { CompareChart } from './compare-chart.js';
import { type Comparison, sensorIdsOf, show } from './compare-location.js';

/** Up to eight sensors on one chart; the URL names them and the range. */
export function CompareView(): ReactNode {
  const { query } = useLocation();
  const text = query.toString();
  const comparison = useMemo(() => comparisonOf(new URLSearchParams(text)), [text]);
  const { sensorIds } = comparison;
  return (
    <View title="Compare sensors">
      <AddSensor
        sensorIds={sensorIds}
        onAdd={(sensorId) => show({ ...comparison, sensorIds: [...sensorIds, sensorId] })}
      />
      {sensorIds.length === 0 ? (
        <p className="muted">Add the first sensor to see its chart.</p>
      ) : (
        <CompareChart comparison={comparison} />
      )}
    </View>
  );
}

function comparisonOf(query: URLSearchParams): Comparison {
  return {
    sensorIds: sensorIdsOf(query),
    timeRange: namedRangeOf(query) ?? lastOf(DEFAULT_PRESET),
    hasOwnScales: query.get('scales') === 'own',
  };
}
