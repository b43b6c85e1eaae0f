import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { InfluxdProcess, onboard } from '../support/influxd.js';
import { Chance } from './chance.js';

const KILLS = process.env.FAULTS_LONG ? 30 : 3;
const SENSORS = 6;
/** Points of each sensor, a millisecond apart. */
const POINTS = 20;
const NOON = Date.UTC(2026, 0, 30, 12);
/** Steps of all sensors together between two kills. */
const STEPS = 80;

interface Stored {
  readonly timestamp: string;
  readonly value: number;
}

/**
 * One sensor, whose readings are sent and deleted one after the other, and what its points may hold: a request that was cut
 * has happened, or it has not.
 */
class Actor {
  /** By point, its possible values; undefined when it may be absent. */
  readonly possible = Array.from({ length: POINTS }, () => new Set<number | undefined>([undefined]));
  /** Points that must be absent at every moment: their deletion was answered with 200. */
  readonly gone = new Set<number>();
  /** Points that were sent since this was cleared: a reader may see them, although they are gone again when it has its answer. */
  readonly sent = new Set<number>();
  readonly wrong: string[] = [];
  /** Deletions that were answered with 200. */
  deleted = 0;
  steps = 0;
  private value = 0;
  private stopped = false;

  constructor(
    readonly sensorId: string,
    private readonly gateway: () => Gateway,
    private readonly chance: Chance,
  ) {}

  /** Sends and deletes until stop(). */
  async run(): Promise<void> {
    while (!this.stopped) {
      if (this.chance.below(3) === 0) await this.delete();
      else await this.send();
      this.steps += 1;
    }
  }

  stop(): void {
    this.stopped = true;
  }

  async read(): Promise<Map<number, number>> {
    const path = `/api/readings/${this.sensorId}?from=${NOON}&to=${NOON + POINTS}`;
    const response = await this.gateway().get(path);
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const stored = (await response.json()) as Stored[];
    return new Map(stored.map(({ timestamp, value }) => [Date.parse(timestamp) - NOON, value]));
  }

  private async send(): Promise<void> {
    const points = Array.from({ length: 1 + this.chance.below(6) }, () => this.chance.below(POINTS));
    const readings = points.map((point) => ({
      ...{ sensorId: this.sensorId, zone: 'z', value: (this.value += 1), latencyMs: 1 },
      timestamp: NOON + point,
    }));
    for (const point of points) {
      this.gone.delete(point);
      this.sent.add(point);
    }
    const answer = await this.attempt(() => this.gateway().post('/api/ingest/batch', readings));
    if (answer === 'refused') return;
    for (const { timestamp, value } of readings) {
      const possible = this.possible[timestamp - NOON];
      if (answer) possible?.clear();
      possible?.add(value);
    }
  }

  private async delete(): Promise<void> {
    const from = this.chance.below(POINTS);
    const to = from + 1 + this.chance.below(POINTS - from);
    const path = `/api/readings/${this.sensorId}?from=${NOON + from}&to=${NOON + to}`;
    const answer = await this.attempt(() => this.gateway().get(path, { method: 'DELETE' }));
    if (answer === 'refused') return;
    if (answer?.status === 200) this.deleted += 1;
    for (let point = from; point < to; point += 1) {
      if (answer) this.possible[point]?.clear();
      this.possible[point]?.add(undefined);
      if (answer?.status === 200) this.gone.add(point);
    }
  }

  /** @returns undefined when the request was cut */
  private async attempt(request: () => Promise<Response>): Promise<Response | 'refused' | undefined> {
    try {
      const response = await request();
      await response.text();
      if (response.ok) return response;
      if (response.status < 500) this.wrong.push(`${this.sensorId}: ${response.status}`);
      return 'refused';
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      return code === 'ECONNREFUSED' ? 'refused' : undefined;
    }
  }
}

/** Sends and deletes while `disturb` kills, and compares what is left. */
async function check(start: () => Promise<Gateway>, disturb: (kill: number) => Promise<void>): Promise<void> {
  const chance = Chance.ofThisRun('deletions');
  const gateway = (): Gateway => running;
  let running = await start();
  const actors = Array.from(
    { length: SENSORS },
    (_, index) => new Actor(`s${index}`, gateway, new Chance(chance.below(2 ** 31))),
  );
  const restart = async (): Promise<void> => {
    await running.stop('SIGKILL');
    const { port } = new URL(running.url);
    const { dataDir } = running;
    // Nothing is sent before what is answered stands as it does right after the start.
    const stopped = actors.map((actor) => [...actor.gone]);
    for (const actor of actors) actor.sent.clear();
    running = await start();
    expect([new URL(running.url).port, running.dataDir]).toEqual([port, dataDir]);
    for (const [index, actor] of actors.entries()) {
      const found = await actor.read().catch(() => new Map<number, number>());
      for (const point of stopped[index] ?? [])
        if (found.has(point) && actor.gone.has(point) && !actor.sent.has(point))
          actor.wrong.push(`${actor.sensorId} ${point} is back`);
    }
  };
  const acting = actors.map((actor) => actor.run());
  for (let kill = 0; kill < KILLS; kill += 1) {
    const enough = actors.reduce((sum, { steps }) => sum + steps, 0) + STEPS;
    await until(
      () => (actors.reduce((sum, { steps }) => sum + steps, 0) >= enough ? true : undefined),
      'more steps',
      60_000,
    );
    await disturb(kill);
    await restart();
  }
  for (const actor of actors) actor.stop();
  await Promise.all(acting);
  await until(
    async () => {
      const { queued, pendingDeletions } = (await running.pipeline()) as {
        queued: number;
        pendingDeletions?: number;
      };
      return queued === 0 && pendingDeletions === 0 ? true : undefined;
    },
    'everything to be stored and deleted',
    90_000,
  );
  for (const actor of actors) {
    const stored = await actor.read();
    for (const [point, possible] of actor.possible.entries())
      if (!possible.has(stored.get(point)))
        actor.wrong.push(
          `${actor.sensorId} ${point} is ${stored.get(point)}, not ${[...possible].join(' or ')}`,
        );
    const latest = (await running.json(`/api/latest/${actor.sensorId}`)) as {
      found: boolean;
      timestamp?: string;
    };
    const newest = [...stored.keys()].at(-1);
    const shown = latest.timestamp === undefined ? undefined : Date.parse(latest.timestamp) - NOON;
    const log = (await running.json(`/api/logs?sensorId=${actor.sensorId}&limit=1000`)) as {
      message: string;
    }[];
    const count = (kind: RegExp): number => log.filter(({ message }) => kind.test(message)).length;
    const [requested, done] = [count(/ deletes readings of /), count(/ deleted$/)];
    if (requested !== done || done < actor.deleted)
      actor.wrong.push(`${actor.sensorId}: ${requested} deletions are logged, and ${done} results of them`);
    if (shown !== newest) actor.wrong.push(`latest of ${actor.sensorId} is ${shown}, not ${newest}`);
  }
  expect(actors.flatMap(({ wrong }) => wrong)).toEqual([]);
  const { accepted, stored, deadLettered } = await running.pipeline();
  expect(accepted).toBe(stored + deadLettered);
  await running.stop();
}

describe('deletions, in order with what is sent', () => {
  it('stay whole when a gateway with the embedded store is killed', async () => {
    const env: Record<string, string> = { DATA_DIR: emptyFolder() };
    await check(
      async () => {
        const gateway = await Gateway.start(env);
        env.PORT = new URL(gateway.url).port;
        return gateway;
      },
      () => Promise.resolve(),
    );
  }, 300_000);

  it('stay whole when the gateway and InfluxDB are killed, and InfluxDB comes back later', async () => {
    const folder = emptyFolder();
    let influxd = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(influxd.url);
    const env: Record<string, string> = {
      ...{ INFLUXDB_URL: influxd.url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket },
      DATA_DIR: emptyFolder(),
    };
    let back: Promise<void> = Promise.resolve();
    await check(
      async () => {
        const gateway = await Gateway.start(env);
        env.PORT = new URL(gateway.url).port;
        return gateway;
      },
      async (kill) => {
        await back;
        if (kill % 2 === 0) return;
        await influxd.stop();
        back = new Promise((resolve) => setTimeout(resolve, 2_000)).then(async () => {
          influxd = await InfluxdProcess.start(folder, influxd.port);
        });
      },
    );
    await back;
    await influxd.discard();
  }, 300_000);
});
