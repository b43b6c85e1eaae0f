import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { formatCount } from '../common/format.js';
import { useHeld } from '../common/held.js';
import { StateBadge } from '../components/state-badge.js';
import { useSensors } from '../live/use-live.js';
import { groupByZone, type SensorFilter, type ZoneHeading } from './overview-rows.js';
import { Tile } from './tile.js';

/** The smallest width of a tile. */
const TILE_WIDTH = 240;
const GAP = 12;
/** As in overview.css. */
const TILE_HEIGHT = 150;
const ZONE_HEIGHT = 46;
/** Sorting by values that change with every reading happens this often: otherwise nobody could click a tile. */
const RESORT_MS = 2_000;

/** Tiles by zone. Only visible tiles are in the DOM. */
export function TileList({ filter }: { filter: SensorFilter }): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const { columns, top } = useLayout(list);
  const isVolatile = filter.sort === 'heard' || filter.sort === 'value';
  const { sensors } = useHeld(useSensors(isVolatile ? RESORT_MS : undefined));
  const { search, zone, state, sort } = filter;
  const rows = useMemo(
    () => groupByZone(sensors, { search, zone, state, sort }, columns),
    [sensors, search, zone, state, sort, columns],
  );
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === 'zones' ? ZONE_HEIGHT : TILE_HEIGHT + GAP),
    overscan: 4,
    scrollMargin: top,
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === 'zones' ? `zone ${row.zones[0]?.zone ?? ''}` : (row?.sensorIds[0] ?? index);
    },
  });
  // Heights depend on the kind of row, which changes with filters and columns.
  useEffect(() => {
    virtualizer.measure();
  }, [virtualizer, rows]);
  return (
    <div ref={list}>
      {rows.length === 0 && <p className="muted padded">No sensors match.</p>}
      <div className="tile-list" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index];
          if (!row) return undefined;
          const style = {
            transform: `translateY(${start - top}px)`,
            gridTemplateColumns: `repeat(${columns}, 1fr)`,
          };
          return (
            <div key={key} className={row.kind === 'zones' ? 'zone-row' : 'tile-row'} style={style}>
              {row.kind === 'zones'
                ? row.zones.map((zone) => <Zone key={zone.zone} {...zone} />)
                : row.sensorIds.map((sensorId) => <Tile key={sensorId} sensorId={sensorId} />)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Zone({ zone, count, worst, columns }: ZoneHeading): ReactNode {
  return (
    <div className="zone" style={{ gridColumn: `span ${columns}` }}>
      <h2 title={zone}>{zone}</h2>
      <span className="muted number">{formatCount(count)}</span>
      {worst !== 'normal' && <StateBadge state={worst} chip />}
    </div>
  );
}

/** How many tiles fit side by side, and where on the page the list begins. */
function useLayout(list: React.RefObject<HTMLDivElement | null>): { columns: number; top: number } {
  const [layout, setLayout] = useState({ columns: 1, top: 0 });
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = (): void => {
      const columns = Math.max(1, Math.floor((element.clientWidth + GAP) / (TILE_WIDTH + GAP)));
      const top = element.getBoundingClientRect().top + window.scrollY;
      setLayout((before) => (before.columns === columns && before.top === top ? before : { columns, top }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    return () => {
      observer.disconnect();
    };
  }, [list]);
  return layout;
}
