import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { ADMIN_KEY } from '../support/keys.js';
import {
  type Account,
  account,
  addRow,
  fromGateway,
  fromInfluxDb,
  type ReadBack,
  type Row,
  Watch,
} from './account.js';
import { Chance } from './chance.js';
import { FaultProxy } from './fault-proxy.js';
import { buildLibrary, type Call, type ErrorName, Injector, type Target } from './injector.js';
import { Load } from './load.js';

/** For each store. */
const FAULTS = process.env.FAULTS_LONG ? 200 : 14;
const SENSORS = 10;
const SENDERS = 5;
const PAUSE_MS = 40;
/** The load meets most files within a tenth of that; a segment is full about every second. */
const HIT_WITHIN_MS = 1_500;
/**
 * How long a gateway may take until it accepts again, once nothing fails any more: its journal may be full when InfluxDB comes
 * back, and it asks that again after 30 s at most.
 */
const WHOLE_WITHIN_MS = 60_000;

/** What was tried, in order, to find the cause of a row with a loss. */
const LOG = join(ROOT, 'artifacts', 'injection.jsonl');

const NO_ROOM: readonly ErrorName[] = ['EIO', 'ENOSPC', 'EDQUOT'];
/** What each call is known to fail with. */
const ERRORS: Readonly<Record<Call, readonly ErrorName[]>> = {
  write: NO_ROOM,
  pwrite: NO_ROOM,
  writev: NO_ROOM,
  fsync: NO_ROOM,
  fdatasync: NO_ROOM,
  open: [...NO_ROOM, 'EMFILE', 'EACCES'],
  rename: [...NO_ROOM, 'EACCES'],
  unlink: ['EIO', 'EACCES'],
  ftruncate: ['EIO', 'EACCES'],
  read: ['EIO'],
  pread: ['EIO'],
  statfs: ['EIO', 'EACCES'],
  mkdir: [...NO_ROOM, 'EACCES'],
  close: NO_ROOM,
};

/** When a gateway makes a call; the number is that of the survey. */
const PHASES = { start: 1, run: 2, stop: 3 } as const;
type Phase = keyof typeof PHASES;
/** A restart takes ten times as long as a fault between two of them. */
const TURNS: readonly Phase[] = ['run', 'run', 'start', 'run', 'stop', 'start'];

interface Fault extends Target {
  readonly error: ErrorName;
  readonly phase: Phase;
}

/** Readings of this sensor are refused by InfluxDB until the end, so that there are dead letters. */
const isPoison = (line: string): boolean => line.includes('sensor_id=inject3,');

describe('a gateway whose system calls fail one at a time', () => {
  const chance = Chance.ofThisRun('injection');
  let library: string;
  let influxd: Influxd;
  let proxy: FaultProxy;

  beforeAll(async () => {
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    [library, influxd] = await Promise.all([buildLibrary(), Influxd.start()]);
    proxy = await FaultProxy.start(influxd.url);
  });
  afterAll(async () => {
    await proxy.stop();
    await influxd.stop();
  });

  const tryAll = async (
    store: string,
    variables: Record<string, string>,
    readBackOf: (trial: Trial) => ReadBack,
    database?: FaultProxy,
  ): Promise<void> => {
    const trial = new Trial(variables, library, chance, database);
    for (const fault of planOf(await trial.survey(), chance)) {
      if (trial.hits >= FAULTS) break;
      await trial.inject(fault);
    }
    proxy.heal();
    await trial.end();
    const rows = trial.rowsOf(await account(trial.load, trial.gateway, readBackOf(trial)), store);
    for (const row of rows) addRow(row);
    const { accepted, stored, queued, deadLettered, damaged } = await trial.gateway.pipeline();
    expect({
      wrong: trial.wrong,
      rows: rows.filter(
        ({ lost, duplicated, storedThoughRefused = 0 }) => lost + duplicated + storedThoughRefused > 0,
      ),
      damaged,
      notCounted: accepted - stored - queued - deadLettered,
    }).toEqual({ wrong: [], rows: [], damaged: 0, notCounted: 0 });
    expect(trial.hits).toBeGreaterThanOrEqual(FAULTS);
    expect(await trial.gateway.stop()).toEqual({ code: 0, signal: null });
  };

  it('keeps its promises over the embedded store', async () => {
    const sensorIds = Array.from({ length: SENSORS }, (_, sensor) => `inject${sensor}`);
    await tryAll('embedded', {}, (trial) => fromGateway(() => trial.gateway, sensorIds));
  });

  it('keeps its promises over InfluxDB, with dead letters that are replayed meanwhile', async () => {
    const env = influxd.variables(await influxd.createBucket());
    const body = (lines: string): string =>
      JSON.stringify({
        code: 'invalid',
        message: lines
          .split('\n')
          .filter(isPoison)
          .map((line) => `unable to parse '${line}': invalid number`)
          .join('\n'),
      });
    const headers = { 'content-type': 'application/json' };
    proxy.set({ kind: 'answer', status: 400, headers, body }, { when: (lines) => isPoison(lines) });
    const variables = { ...env, INFLUXDB_URL: proxy.url };
    await tryAll('InfluxDB', variables, () => fromInfluxDb(env, influxd.url), proxy);
  });
});

/** Without end: faults of each phase in turn, and in each phase every kind of call equally often. */
function* planOf(surveyed: ReadonlyMap<Phase, readonly Target[]>, chance: Chance): Generator<Fault> {
  const queues: Record<Phase, Fault[]> = { start: [], run: [], stop: [] };
  const next = (phase: Phase): Fault | undefined => {
    if (queues[phase].length === 0) {
      const all = (surveyed.get(phase) ?? []).flatMap((target) =>
        ERRORS[target.call].map((error) => ({ ...target, error, phase })),
      );
      queues[phase] = inTurn(chance.shuffled(all));
    }
    return queues[phase].shift();
  };
  for (let turn = 0; ; turn += 1) {
    const fault = next(TURNS[turn % TURNS.length] ?? 'run');
    if (fault) yield fault;
  }
}

/** The first of each call, then the second of each, and so on; each of the journal's files counts as a call of its own. */
function inTurn(faults: readonly Fault[]): Fault[] {
  const before = new Map<string, number>();
  const ranked = faults.map((fault) => {
    const { call, pattern, phase } = fault;
    const group = pattern.startsWith('journal') ? `${call} ${pattern}` : call;
    const rank = before.get(group) ?? 0;
    before.set(group, rank + 1);
    // Its failure came after the segment was written, which once lost what was acknowledged: it is always tried.
    return { fault, rank: phase === 'run' && pattern === 'journal/noted' && rank === 0 ? -1 : rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ fault }) => fault);
}

/** One folder, the gateways that use it one after the other, and their faults. */
class Trial {
  readonly load = new Load(SENSORS, 'inject');
  readonly wrong: string[] = [];
  gateway = undefined as unknown as Gateway;
  hits = 0;
  private readonly dataDir = emptyFolder();
  private readonly injector: Injector;
  private readonly variables: Record<string, string>;
  /** Which fault was the last when a reading was made, by the value of the first reading after it. */
  private readonly begun: { readonly fromValue: number; readonly name: string }[] = [];
  private readonly hitsOf = new Map<string, number>();
  private readonly rules = new Set<string>();
  private background: Promise<unknown> = Promise.resolve();
  private watch: Watch | undefined;
  private ended = false;

  constructor(
    variables: Record<string, string>,
    library: string,
    private readonly chance: Chance,
    /** Stops the store; the embedded one cannot stop. */
    private readonly database?: FaultProxy,
  ) {
    this.injector = new Injector(library, this.dataDir);
    this.variables = {
      // Small enough that segments are created and deleted all the time.
      JOURNAL_MAX_BYTES: String(1 << 20),
      ...variables,
      ...this.injector.variables,
      DATA_DIR: this.dataDir,
      ADMIN_KEY,
    };
  }

  /** Two runs without a fault that record what is called: from nothing, and over what a kill and damage left. */
  async survey(): Promise<Map<Phase, readonly Target[]>> {
    this.injector.survey(PHASES.start);
    this.gateway = await this.start();
    this.variables.PORT = new URL(this.gateway.url).port;
    this.injector.survey(PHASES.run);
    this.watch = new Watch(() => this.gateway, this.load);
    this.background = Promise.all([
      this.load.send(() => this.gateway, SENDERS, PAUSE_MS),
      this.load.sendKeyed(() => this.gateway, PAUSE_MS),
      this.keepChanging(),
    ]);
    await this.load.untilMore(2_000);
    await this.gateway.stop('SIGKILL');
    this.damageTheLog();
    this.injector.survey(PHASES.start);
    this.gateway = await this.start();
    await this.load.untilMore(200);
    this.injector.survey(PHASES.stop);
    await this.gateway.stop();
    this.injector.survey(0);
    this.gateway = await this.start();
    const surveyed = this.injector.surveyed();
    return new Map(
      (['run', 'start', 'stop'] as const).map((phase) => [phase, surveyed.get(PHASES[phase]) ?? []]),
    );
  }

  async inject(fault: Fault): Promise<void> {
    const { call, pattern, error, phase } = fault;
    const name = `${call} fails with ${error}`;
    const made = this.load.made;
    const times = this.chance.below(4) === 0 ? -1 : 1;
    const arm = (skip: number): void => {
      this.injector.arm({ call, pattern, error, skip, times });
      this.begun.push({ fromValue: made + 1, name });
    };
    const where = `${error} from ${call} of ${pattern} at ${phase}, ${times === 1 ? 'once' : 'again and again'}`;
    const begunMs = Date.now();
    // Without its store, the gateway has the journal alone; what a fault did to that shows after a kill.
    const alone = phase === 'run' && (pattern.startsWith('journal') || this.chance.below(4) === 0);
    if (alone) await this.database?.leave();
    if (phase === 'run') {
      arm(this.chance.below(4));
      await this.meet(where, times);
      if (this.injector.hits === 0) this.injector.disarm();
    } else if (phase === 'stop') {
      arm(0);
      await this.stop('SIGTERM', where);
      await this.startAgain();
    } else {
      await this.stop(this.chance.below(2) === 0 ? 'SIGKILL' : 'SIGTERM', where);
      if (call === 'rename' || pattern.startsWith('damaged')) this.damageTheLog();
      arm(0);
      await this.startWith(where);
    }
    this.injector.disarm();
    const { hits } = this.injector;
    appendFileSync(LOG, `${JSON.stringify({ where, hits, tookMs: Date.now() - begunMs, made })}\n`);
    if (hits > 0) {
      this.hits += 1;
      this.hitsOf.set(name, (this.hitsOf.get(name) ?? 0) + 1);
      await this.becomeWhole(where);
    }
    if (alone && hits > 0) {
      await this.stop('SIGKILL', where);
      await this.startAgain();
    }
    if (alone) await this.database?.comeBack();
  }

  /** Ends the load over a gateway that was started once more, and lets dead letters go. */
  async end(): Promise<void> {
    await this.stop('SIGKILL', 'the end');
    await this.startAgain();
    await this.load.untilMore(100);
    this.load.stop();
    this.ended = true;
    await this.background;
    await this.watch?.stop();
    this.wrong.push(...(this.watch?.wrong ?? []).slice(0, 5));
    await this.gateway.settled(60_000);
    await this.gateway.post('/api/dead-letters/replay', {});
    const rules = (await this.gateway.json('/api/rules')) as { id: string }[];
    const kept = new Set(rules.map(({ id }) => id));
    for (const id of this.rules)
      if (!kept.has(id)) this.wrong.push(`rule ${id} was answered 201 and is gone`);
    this.injector.close();
  }

  /** What became of the readings that were sent from one fault to the next, by call and error. */
  rowsOf({ stored, deadLettered, lost, duplicated, storedThoughRefused }: Account, store: string): Row[] {
    const { acknowledged, turnedAway } = this.load.ledger;
    const count = (values: Iterable<number>): Map<string, number> => {
      const counts = new Map<string, number>();
      for (const value of values) {
        const name = this.begun.findLast(({ fromValue }) => fromValue <= value)?.name ?? 'nothing fails';
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return counts;
    };
    const columns = {
      acknowledged: count(acknowledged.values()),
      stored: count(stored),
      deadLettered: count(deadLettered),
      lost: count(lost),
      duplicated: count(duplicated),
      refused: count(turnedAway.values()),
      storedThoughRefused: count(storedThoughRefused),
    };
    return [...new Set(Object.values(columns).flatMap((column) => [...column.keys()]))].sort().map((name) => {
      const of = (column: keyof typeof columns): number => columns[column].get(name) ?? 0;
      return {
        fault: `${store}: ${name}`,
        acknowledged: of('acknowledged'),
        stored: of('stored'),
        deadLettered: of('deadLettered'),
        lost: of('lost'),
        duplicated: of('duplicated'),
        refused: of('refused'),
        storedThoughRefused: of('storedThoughRefused'),
        hits: this.hitsOf.get(name) ?? 0,
      };
    });
  }

  private async start(): Promise<Gateway> {
    const gateway = await Gateway.start(this.variables);
    gateway.key = ADMIN_KEY;
    return gateway;
  }

  private async startAgain(): Promise<void> {
    this.injector.disarm();
    this.gateway = await this.start();
  }

  /** Waits until the armed fault was met. A gateway that ends then must say why. */
  private async meet(where: string, times: number): Promise<void> {
    const begunMs = Date.now();
    const exit = exitOf(this.gateway);
    await until(
      () => (this.injector.hits > 0 || exit.over || Date.now() - begunMs > HIT_WITHIN_MS ? true : undefined),
      where,
    );
    // What is answered while it goes on must be right, too.
    if (times < 0 && this.injector.hits > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** A start may fail under the fault, if it says why in one line. Without the fault it must succeed. */
  private async startWith(where: string): Promise<void> {
    const gateway = Gateway.launch(this.variables);
    gateway.key = ADMIN_KEY;
    const exit = exitOf(gateway);
    const listening = /listens on (https?:\/\/[^\s;"]+)/;
    await until(
      () => (exit.over || listening.test(gateway.output) ? true : undefined),
      `a start with ${where}`,
    );
    if (exit.over) {
      this.expectReason(gateway, where);
      await this.startAgain();
      return;
    }
    gateway.url = listening.exec(gateway.output)?.[1] ?? '';
    this.gateway = gateway;
  }

  private async stop(signal: 'SIGKILL' | 'SIGTERM', where: string): Promise<void> {
    const begunMs = Date.now();
    const { code } = await this.gateway.stop(signal);
    const tookMs = Date.now() - begunMs;
    if (tookMs > 12_000) this.wrong.push(`${where}: it took ${tookMs} ms to stop on ${signal}`);
    // It may report that it could not stop cleanly, but must not hide it.
    if (signal === 'SIGTERM' && code !== 0) this.expectReason(this.gateway, where);
  }

  /** Without a fault readings are accepted again, by this gateway, or by the next if this one ended and said why. */
  private async becomeWhole(where: string): Promise<void> {
    const before = this.load.ledger.acknowledged.size;
    const exit = exitOf(this.gateway);
    const whole = (): boolean => this.load.ledger.acknowledged.size > before + 20;
    const endMs = Date.now() + WHOLE_WITHIN_MS;
    await until(
      () => (whole() || exit.over || Date.now() > endMs ? true : undefined),
      where,
      2 * WHOLE_WITHIN_MS,
    );
    if (exit.over) {
      this.expectReason(this.gateway, where);
      await this.startAgain();
    } else if (!whole()) {
      const status = await this.gateway.pipeline().catch((error: unknown) => String(error));
      this.wrong.push(`${where}: nothing is accepted ${WHOLE_WITHIN_MS} ms later: ${JSON.stringify(status)}`);
      await this.stop('SIGKILL', where);
      await this.startAgain();
    }
  }

  private expectReason({ output }: Gateway, where: string): void {
    const lines = output.trim().split('\n');
    const reasons = lines.filter((line) => /"level":"(error|fatal)"|"level":[56]0/.test(line));
    if (reasons.length === 0)
      this.wrong.push(`${where}: it ended and did not say why: ${lines.slice(-3).join('\n')}`);
    const raw = lines.find((line) => !line.startsWith('{'));
    if (raw !== undefined) this.wrong.push(`${where}: it ended with "${raw}", which is no line of its log`);
  }

  /** The system log then gets a new file, and the damaged one is kept. */
  private damageTheLog(): void {
    writeFileSync(join(this.dataDir, 'system-log.db'), 'x'.repeat(10_000));
  }

  /** Reads, and changes what is kept beside readings. What is answered here is not judged, but for rules made. */
  private async keepChanging(): Promise<void> {
    const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
      const headers = { 'content-type': 'application/json' };
      const response = await this.gateway
        .get(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
        .catch(() => undefined);
      const answer = (await response?.json().catch(() => undefined)) as Record<string, unknown> | undefined;
      return response?.ok ? (answer ?? {}) : {};
    };
    for (let round = 0; !this.ended; round += 1) {
      const sensorId = `inject${round % SENSORS}`;
      const { id: rule } = await call('POST', '/api/rules', {
        name: `rule ${round}`,
        sensorId,
        kind: 'above',
        threshold: 1e9,
        hysteresis: 1,
      });
      if (typeof rule === 'string') this.rules.add(rule);
      if (round % 3 > 0 && typeof rule === 'string') {
        this.rules.delete(rule);
        await call('DELETE', `/api/rules/${rule}`);
      }
      const { id: key } = await call('POST', '/api/keys', { name: `key ${round}`, role: 'reader' });
      if (typeof key === 'string') await call('DELETE', `/api/keys/${key}`);
      await call('GET', `/api/readings/${sensorId}?from=0&limit=100`);
      await call('GET', `/api/readings/${sensorId}?from=0&points=10`);
      await call('GET', '/api/logs?limit=10');
      if (round % 5 === 0) await call('POST', '/api/dead-letters/replay', {});
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** @returns a function that says, from now on, whether it has ended */
function exitOf(gateway: Gateway): { readonly over: boolean } {
  const exit = { over: false };
  void gateway.exit().then(() => (exit.over = true));
  return exit;
}
