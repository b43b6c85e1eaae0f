// Starts a real InfluxDB as a separate process, for the benchmarks.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findInfluxd, HOW_TO_GET_INFLUXD } from '../tools/influxd/find.mjs';

const ADMIN = {
  username: 'bench',
  password: 'bench-password',
  org: 'bench',
  bucket: 'bench',
  token: 'bench-token',
};

const COUNT =
  'from(bucket: "bench") |> range(start: 0) |> filter(fn: (r) => r._measurement == "sensor_predictions" and r._field == "value") |> count() |> group() |> sum()';

/**
 * Starts an InfluxDB with an empty folder and a bucket without retention.
 * @param pin the beginning of the command, which pins the process to a core
 */
export async function startInfluxd(pin = []) {
  const binary = findInfluxd();
  if (!binary) throw new Error(HOW_TO_GET_INFLUXD);
  const folder = mkdtempSync(join(tmpdir(), 'predictionx-influxd-'));
  const [program, ...args] = [
    ...[...pin, binary, '--http-bind-address=127.0.0.1:0', '--reporting-disabled'],
    ...[`--engine-path=${folder}/engine`, `--bolt-path=${folder}/bolt`, `--sqlite-path=${folder}/sqlite`],
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const port = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
      const [, found] = /"?port"?[=:]\s*(\d+)/.exec(output) ?? [];
      if (found) resolve(found);
    });
    void exited.then(() => reject(new Error(`influxd ended before it listened:\n${output}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  const { org, bucket, token } = ADMIN;
  const setup = await fetch(`${url}/api/v2/setup`, { method: 'POST', body: JSON.stringify(ADMIN) });
  if (!setup.ok) throw new Error(`InfluxDB: ${setup.status} ${await setup.text()}`);
  const query = async (flux) => {
    const response = await fetch(`${url}/api/v2/query?org=${org}`, {
      method: 'POST',
      headers: {
        authorization: `Token ${token}`,
        'content-type': 'application/vnd.flux',
        accept: 'application/csv',
      },
      body: flux,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`InfluxDB: ${response.status} ${text}`);
    return text;
  };
  return {
    variables: { INFLUXDB_URL: url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket },
    /** The URL and path for line protocol, and the header that authorizes the sender. */
    write: {
      url,
      path: `/api/v2/write?org=${org}&bucket=${bucket}&precision=us`,
      headers: { authorization: `Token ${token}` },
    },
    /** Sends a Flux query, and returns its CSV. */
    query,
    /** Counts the stored readings. */
    countReadings: async () => {
      const csv = await query(COUNT);
      const [head = '', row = ''] = csv.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
      return Number(row.split(',')[head.split(',').indexOf('_value')] ?? 0);
    },
    /** Stops its process until resume(); requests wait. */
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
