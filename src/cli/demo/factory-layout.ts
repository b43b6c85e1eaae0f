import type { KindName } from './sensor-kinds.js';

/** Where a sensor stands, and what it is called. */
export interface Place {
  readonly sensorId: string;
  readonly zone: string;
  readonly machine: string;
  readonly kind: KindName;
  /** Whether the machine stops from time to time. */
  readonly stops: boolean;
}

interface Machines {
  readonly zone: string;
  readonly machine: string;
  readonly count: number;
  readonly digits?: number;
  readonly stops?: boolean;
  readonly kinds: readonly KindName[];
}

/** The machines of one factory. */
const FACTORY: readonly Machines[] = [
  { zone: 'pump_house', machine: 'pump', count: 5, digits: 2, kinds: ['bearing_c', 'flow_m3_h'] },
  { zone: 'boiler_room', machine: 'boiler', count: 2, kinds: ['pressure_bar', 'water_c', 'flue_c'] },
  { zone: 'cold_store', machine: 'cold_room', count: 3, kinds: ['air_c', 'humidity_pct'] },
  { zone: 'line_1', machine: 'press', count: 2, kinds: ['vibration_mm_s', 'oil_c'] },
  { zone: 'line_1', machine: 'conveyor', count: 1, stops: true, kinds: ['speed_m_min'] },
  { zone: 'line_2', machine: 'mill', count: 2, kinds: ['spindle_rpm', 'vibration_mm_s'] },
  { zone: 'line_2', machine: 'conveyor', count: 1, stops: true, kinds: ['speed_m_min'] },
  { zone: 'utilities', machine: 'compressor', count: 2, kinds: ['pressure_bar', 'power_kw'] },
];

/** How many sensors one factory has. */
export const FACTORY_SENSORS = FACTORY.reduce((sum, { count, kinds }) => sum + count * kinds.length, 0);

/** This many factories share the same zones, with about 200 sensors in each zone; the next factories have new zones. */
const FACTORIES_IN_ZONES = 30;
const LINES = 2;

/** An endless sequence of places for sensors: factory after factory, with consecutive machine numbers. */
export function* places(): Generator<Place> {
  const numbers = new Map<string, number>();
  for (let factory = 0; ; factory += 1) {
    const block = Math.floor(factory / FACTORIES_IN_ZONES);
    for (const machines of FACTORY) {
      for (let nth = 0; nth < machines.count; nth += 1) {
        const number = (numbers.get(machines.machine) ?? 0) + 1;
        numbers.set(machines.machine, number);
        yield* placesOf(machines, number, block);
      }
    }
  }
}

function* placesOf(machines: Machines, number: number, block: number): Generator<Place> {
  const machine = `${machines.machine}_${String(number).padStart(machines.digits ?? 1, '0')}`;
  const zone = zoneIn(machines.zone, block);
  const { stops = false } = machines;
  for (const kind of machines.kinds) yield { sensorId: `${machine}_${kind}`, zone, machine, kind, stops };
}

/** "line_2" is "line_4" in the second block, "pump_house" is "pump_house_2". */
function zoneIn(zone: string, block: number): string {
  if (block === 0) return zone;
  const [, line] = /^line_(\d+)$/.exec(zone) ?? [];
  return line === undefined ? `${zone}_${block + 1}` : `line_${Number(line) + block * LINES}`;
}
