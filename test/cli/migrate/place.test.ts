import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readPlace, tokenOf } from '../../../src/cli/migrate/place.js';
import { GatewayConfig } from '../../../src/common/config/gateway-config.js';
import { emptyFolder } from '../../support/environment.js';

const config = new GatewayConfig({
  DATA_DIR: '/data',
  INFLUXDB_URL: 'http://influx:8086',
  INFLUXDB_TOKEN: 'configured',
  INFLUXDB_ORG: 'org',
  INFLUXDB_BUCKET: 'b',
});
const bucket = { kind: 'influxdb', url: 'http://influx:8086', org: 'org', bucket: 'b' } as const;

describe('a place of predictionx migrate', () => {
  it('is named by a word, a word with a folder or bucket, or a URL', () => {
    const read = (text: string): unknown => readPlace('from', text, config);
    expect(read('embedded')).toEqual({ kind: 'embedded', folder: '/data' });
    expect(read('embedded:old')).toEqual({ kind: 'embedded', folder: resolve('old') });
    expect(read('influxdb')).toEqual(bucket);
    expect(read('influxdb:a:b')).toEqual({ ...bucket, bucket: 'a:b' });
    expect(read('https://host/db/?org=my%20org&bucket=x')).toEqual({
      kind: 'influxdb',
      url: 'https://host/db',
      org: 'my org',
      bucket: 'x',
    });
  });

  it.each([
    ['sqlite', /^--to must be embedded, embedded:FOLDER, influxdb, influxdb:BUCKET, or a URL such as /],
    ['ftp://host/?org=o&bucket=b', /^--to must be embedded, /],
    ['http://u:secret-word@host/?org=o&bucket=b', /^--to must not hold a user or password/],
    ['http://host/?org=o&bucket=b&token=secret-word', /^--to must have the parameters org and bucket only/],
    ['http://host/?org=o', /^--to must name org and bucket/],
  ])('named %s is refused, without a word of a credential', (text, message) => {
    const read = (): unknown => readPlace('to', text, config);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/secret-word/);
  });

  it('needs a configured InfluxDB where the rest comes from the configuration', () => {
    expect(() => readPlace('to', 'influxdb', new GatewayConfig())).toThrow(
      '--to influxdb needs INFLUXDB_URL, INFLUXDB_ORG and INFLUXDB_TOKEN',
    );
  });

  it('gets its own token first, and that of the configuration only for the configured server', () => {
    const other = { ...bucket, url: 'http://elsewhere:8086' };
    const file = join(emptyFolder(), 'token');
    writeFileSync(file, 'from-file\n');
    expect(tokenOf('from', bucket, config, {})).toEqual({ name: 'INFLUXDB_TOKEN', token: 'configured' });
    expect(tokenOf('from', bucket, config, { FROM_INFLUXDB_TOKEN: 'own' })).toEqual({
      name: 'FROM_INFLUXDB_TOKEN',
      token: 'own',
    });
    expect(tokenOf('to', other, config, { TO_INFLUXDB_TOKEN_FILE: file })).toEqual({
      name: 'TO_INFLUXDB_TOKEN',
      token: 'from-file',
    });
    expect(() => tokenOf('to', other, config, { FROM_INFLUXDB_TOKEN: 'own' })).toThrow(
      /^TO_INFLUXDB_TOKEN, or TO_INFLUXDB_TOKEN_FILE for a file, must be set: /,
    );
    expect(() => tokenOf('to', other, config, { TO_INFLUXDB_TOKEN_FILE: '/nowhere' })).toThrow(
      'TO_INFLUXDB_TOKEN_FILE must be a file that can be read',
    );
  });
});
