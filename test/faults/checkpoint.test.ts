import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { emptyFolder } from '../support/environment.js';
import { account, addRow, fromInfluxDb } from './account.js';
import { FaultProxy } from './fault-proxy.js';
import { buildLibrary, type ErrorName, Injector } from './injector.js';
import { Load } from './load.js';

describe('a gateway whose writes to journal/noted fail', () => {
  let library: string;
  let influxd: Influxd;
  let proxy: FaultProxy;

  beforeAll(async () => {
    [library, influxd] = await Promise.all([buildLibrary(), Influxd.start()]);
    proxy = await FaultProxy.start(influxd.url);
  });
  afterAll(async () => {
    await proxy.stop();
    await influxd.stop();
  });

  it.each<ErrorName>(['EIO', 'ENOSPC', 'EDQUOT'])(
    'loses nothing that it acknowledged and stores nothing that it refused (%s)',
    async (error) => {
      const dataDir = emptyFolder();
      const injector = new Injector(library, dataDir);
      const variables = influxd.variables(await influxd.createBucket());
      const env = { ...variables, INFLUXDB_URL: proxy.url, DATA_DIR: dataDir, ...injector.variables };
      const load = new Load(10, `noted-${error}-`);
      const first = await Gateway.start(env);
      // Without InfluxDB, all readings must come from the journal.
      await proxy.leave();
      await load.sendBatch(first, 300);
      injector.arm({ call: 'pwrite', pattern: 'journal/noted', error, skip: 0, times: -1 });
      await load.sendBatch(first, 500);
      expect(injector.hits).toBeGreaterThan(0);
      injector.disarm();
      for (let batch = 0; batch < 2; batch += 1) await load.sendBatch(first, 100);
      await first.stop('SIGKILL');
      await proxy.comeBack();
      const second = await Gateway.start(env);
      const found = await account(load, second, fromInfluxDb(variables, influxd.url));
      const { damaged } = await second.pipeline();
      const { stored, deadLettered, lost, duplicated, storedThoughRefused } = found;
      addRow({
        fault: `writes to journal/noted fail with ${error}, then kill -9`,
        acknowledged: load.ledger.acknowledged.size,
        stored: stored.length,
        deadLettered: deadLettered.length,
        lost: lost.length,
        duplicated: duplicated.length,
        refused: load.ledger.turnedAway.size,
        storedThoughRefused: storedThoughRefused.length,
      });
      await second.stop('SIGKILL');
      injector.close();
      expect({
        lost: lost.length,
        duplicated: duplicated.length,
        storedThoughRefused: storedThoughRefused.length,
        damaged,
      }).toEqual({ lost: 0, duplicated: 0, storedThoughRefused: 0, damaged: 0 });
    },
  );
});
