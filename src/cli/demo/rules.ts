import type { SendRequest } from '../gateway-client.js';
import { GatewayClientError } from '../gateway-client.js';

/** The rules of the demo. Their names show that they belong to it. */
const RULES = [
  {
    name: 'Demo: bearing too hot',
    sensorId: 'pump_03_bearing_c',
    kind: 'above',
    threshold: 80,
    hysteresis: 4,
    forSeconds: 5,
  },
  {
    name: 'Demo: pump delivers too little',
    sensorId: 'pump_05_flow_m3_h',
    kind: 'below',
    threshold: 18,
    hysteresis: 5,
    forSeconds: 5,
  },
  {
    name: 'Demo: cold room too warm',
    sensorId: 'cold_room_2_air_c',
    kind: 'above',
    threshold: -17,
    hysteresis: 1.5,
    forSeconds: 10,
  },
  {
    name: 'Demo: compressor not heard',
    sensorId: 'compressor_2_pressure_bar',
    kind: 'silent',
    afterSeconds: 30,
  },
  { name: 'Demo: vibration unlike before', sensorId: 'mill_2_vibration_mm_s', kind: 'anomaly' },
  { name: 'Demo: flue gas unlike before', sensorId: 'boiler_2_flue_c', kind: 'anomaly' },
] as const;

/** Whether the demo's rules were created. */
export type RulesOutcome =
  { readonly made: number; readonly kept: number } | { readonly refusedBecause: string };

/**
 * Creates the rules about the demo's sensors. A rule whose name exists already is left unchanged.
 * @throws GatewayClientError when the response cannot be understood
 */
export async function createRules(ask: SendRequest, sensorIds: ReadonlySet<string>): Promise<RulesOutcome> {
  const wanted = RULES.filter(({ sensorId }) => sensorIds.has(sensorId));
  const { status, body } = await ask('GET', 'api/rules');
  if (status === 403) return { refusedBecause: detailOf(body) };
  if (status !== 200 || !Array.isArray(body))
    throw new GatewayClientError(
      `api/rules answers ${status} (${detailOf(body)}); is it a PredictionX gateway?`,
    );
  const names = new Set(body.map((rule: { readonly name?: unknown }) => rule.name));
  let made = 0;
  for (const rule of wanted) {
    if (names.has(rule.name)) continue;
    const answer = await ask('POST', 'api/rules', rule);
    if (answer.status !== 201) return { refusedBecause: detailOf(answer.body) };
    made += 1;
  }
  return { made, kept: wanted.length - made };
}

function detailOf(body: unknown): string {
  return (body as { readonly detail?: string } | undefined)?.detail ?? 'no reason given';
}
