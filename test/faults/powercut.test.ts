import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import {
  type Account,
  account,
  expectCountersToMatch,
  fromGateway,
  fromInfluxDb,
  settle,
  Watch,
} from './account.js';
import { Chance } from './chance.js';
import { FaultProxy } from './fault-proxy.js';
import { FragileDisk, type Survival } from './fragile-disk.js';
import { buildLibrary } from './injector.js';
import { Load } from './load.js';

/** For each store. */
const CUTS = process.env.FAULTS_LONG ? 40 : 4;
/** One of so many more cuts must meet data that was not synced. */
const CUTS_TO_DROP = 12;
/** Within so many cuts a gateway that does not sync must have lost something. */
const CUTS_TO_LOSE = 12;
const SENSORS = 10;
const SENDERS = 5;
const PAUSE_MS = 20;
/** What each cut left, in order, with its seed. */
const LOG = join(ROOT, 'artifacts', 'powercut.jsonl');

describe('a gateway whose disk loses its power', () => {
  const chance = Chance.ofThisRun('powercut');
  let influxd: Influxd;
  let proxy: FaultProxy;
  let library: string;

  beforeAll(async () => {
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    [library, influxd] = await Promise.all([buildLibrary(), Influxd.start()]);
    proxy = await FaultProxy.start(influxd.url);
  });
  afterAll(async () => {
    await proxy.stop();
    await influxd.stop();
  });

  const variablesOf = async (store: Store): Promise<Record<string, string>> =>
    store === 'embedded' ? {} : influxd.variables(await influxd.createBucket());
  const readBackOf = (store: Store, variables: Record<string, string>, house: House) =>
    store === 'embedded'
      ? fromGateway(
          () => house.gateway,
          Array.from({ length: SENSORS }, (_, sensor) => `cut${sensor}`),
        )
      : fromInfluxDb(variables, influxd.url);

  it.each<[Store, 'folder' | 'journal']>([
    ['embedded', 'folder'],
    ['InfluxDB', 'folder'],
    ['embedded', 'journal'],
  ])('keeps all that was acknowledged (%s store, names are synced with the %s)', async (store, names) => {
    const cuts = names === 'folder' ? CUTS : Math.ceil(CUTS / 4);
    const variables = await variablesOf(store);
    const house = await House.open(
      { ...variables, ...(store === 'InfluxDB' && { INFLUXDB_URL: proxy.url }) },
      names,
      chance,
    );
    try {
      const watch = new Watch(() => house.gateway, house.load);
      // If everything happened to be synced at each cut, the run has shown nothing: then it continues.
      let cut = 0;
      for (; cut < cuts || (house.dropped === 0 && cut < cuts + CUTS_TO_DROP); cut += 1) {
        // Without InfluxDB the journal holds all there is.
        if (cut % 2 === 1) await proxy.leave();
        await house.loseThePower();
        await proxy.comeBack();
      }
      await house.endLoad();
      await watch.stop();
      expect(watch.wrong).toEqual([]);
      const fault = `power cut, ${cut} times, ${store} store, names synced with the ${names}`;
      const row = await settle(fault, house.load, house.gateway, readBackOf(store, variables, house));
      await expectCountersToMatch(row, house.gateway);
      expect(house.dropped).toBeGreaterThan(0);
      expect(await house.gateway.stop()).toEqual({ code: 0, signal: null });
    } finally {
      await house.close();
    }
  });

  it.each<[string, Store]>([
    ['fdatasync', 'embedded'],
    ['fdatasync', 'InfluxDB'],
    ['fsync', 'embedded'],
    ['fsync', 'InfluxDB'],
  ])('would lose readings if %s did nothing (%s store), and this suite would say so', async (call, store) => {
    const variables = await variablesOf(store);
    const house = await House.open(
      {
        ...variables,
        ...(store === 'InfluxDB' && { INFLUXDB_URL: proxy.url }),
        LD_PRELOAD: library,
        FAULT_NO_SYNC: call,
        // Without syncs keys.db may be damaged, and then nobody would be served without a key.
        AUTH: 'off',
      },
      'folder',
      chance,
      // A folder that is gone as a whole would prove nothing about what is in it.
      { made: true },
    );
    try {
      let found: Account | undefined;
      for (let cut = 0; cut < CUTS_TO_LOSE && !found?.lost.length; cut += 1) {
        await proxy.leave();
        await house.loseThePower();
        await proxy.comeBack();
        await house.endLoad();
        found = await account(house.load, house.gateway, readBackOf(store, variables, house));
        house.beginLoad();
      }
      expect(found?.lost.length).toBeGreaterThan(0);
    } finally {
      await house.close();
    }
  });
});

type Store = 'embedded' | 'InfluxDB';

/** A gateway, its senders and its disk, whose power fails together. */
class House {
  readonly load = new Load(SENSORS, 'cut');
  readonly survivals: Survival[] = [];
  private sending: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly disk: FragileDisk,
    private readonly variables: Record<string, string>,
    private readonly chance: Chance,
    public gateway: Gateway,
  ) {}

  /** @param options.made whether DATA_DIR exists before; if not, the gateway creates it */
  static async open(
    variables: Record<string, string>,
    names: 'folder' | 'journal',
    chance: Chance,
    { made = false } = {},
  ): Promise<House> {
    const disk = await FragileDisk.mount(chance.below(2 ** 31), names);
    if (made) disk.makeFolder('data');
    const env = {
      JOURNAL_MAX_BYTES: String(8 << 20),
      ...variables,
      DATA_DIR: join(disk.folder, 'data'),
      FAULT_FOLDER: join(disk.folder, 'data'),
    };
    const gateway = await Gateway.start(env);
    const house = new House(disk, { ...env, PORT: new URL(gateway.url).port }, chance, gateway);
    house.beginLoad();
    return house;
  }

  /** How many sectors the cuts took away. */
  get dropped(): number {
    return this.survivals.reduce((sum, { sectorsDropped }) => sum + sectorsDropped, 0);
  }

  beginLoad(): void {
    this.sending = Promise.all([
      this.load.send(() => this.gateway, SENDERS, PAUSE_MS),
      this.load.sendKeyed(() => this.gateway, PAUSE_MS),
    ]);
  }

  /** Cuts the power at some moment, mostly under load, and starts again over what is left. */
  async loseThePower(): Promise<void> {
    await this.load.untilMore(100 + this.chance.below(600));
    const moment = this.chance.below(5);
    // One in five stops when it happens, and one in five of the others starts.
    if (moment === 0) {
      const stopped = this.gateway.stop('SIGTERM');
      await this.cutAndRestore(this.chance.below(300));
      await stopped;
    } else await this.cutAndRestore(0);
    if (moment === 1) {
      this.gateway = this.launch();
      await this.cutAndRestore(this.chance.below(1_200));
    }
    this.gateway = await Gateway.start(this.variables);
  }

  async endLoad(): Promise<void> {
    await this.load.untilMore(100);
    this.load.stop();
    await this.sending;
  }

  async close(): Promise<void> {
    this.load.stop();
    await this.gateway.stop('SIGKILL');
    await this.disk.unmount();
    await this.sending;
  }

  private launch(): Gateway {
    const gateway = Gateway.launch(this.variables);
    gateway.url = this.gateway.url;
    return gateway;
  }

  private async cutAndRestore(afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await this.disk.cut();
    // It hangs in a call until the power is back, and never makes the next one.
    const ended = this.gateway.stop('SIGKILL');
    const survival = await this.disk.restore(this.chance.below(2 ** 31));
    this.survivals.push(survival);
    appendFileSync(LOG, `${JSON.stringify({ at: new Date().toISOString(), ...survival })}\n`);
    await ended;
  }
}
