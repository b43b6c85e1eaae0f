import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

/** A gateway without keys and one with a key of role device: what most clients run against. */
export class Gateways {
  private constructor(
    readonly open: Gateway,
    readonly locked: Gateway,
    /** The key of the second gateway. */
    readonly key: string,
  ) {}

  static async start(variables: Record<string, string> = {}): Promise<Gateways> {
    const [open, locked] = await Promise.all([
      Gateway.start(variables),
      Gateway.start({ LIMIT_WRONG_KEYS: '0', ...variables, ADMIN_KEY }),
    ]);
    locked.key = ADMIN_KEY;
    const { key } = await makeKey(locked, { name: 'client', role: 'device' });
    return new Gateways(open, locked, key);
  }

  async stop(): Promise<void> {
    await Promise.all([this.open.stop(), this.locked.stop()]);
  }
}

export function portOf({ url }: Gateway): string {
  return new URL(url).port;
}

/** @returns the newest value of each of these sensors; undefined for those that sent none */
export async function valuesOf(gateway: Gateway, ...sensorIds: string[]): Promise<(number | undefined)[]> {
  const latest = (await gateway.json(`/api/latest?sensorId=${sensorIds.join(',')}`)) as {
    sensorId: string;
    value: number;
  }[];
  return sensorIds.map((wanted) => latest.find(({ sensorId }) => sensorId === wanted)?.value);
}
