import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';

import { encodeRecord, scanRecords } from '../../src/journal/record.js';
import { newSegmentName, parseSegmentName } from '../../src/journal/segment.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

/** Nothing listens on port 9: all that is acknowledged stays in the journal. */
const NOWHERE = {
  INFLUXDB_URL: 'http://127.0.0.1:9',
  INFLUXDB_TOKEN: 't',
  INFLUXDB_ORG: 'o',
  INFLUXDB_BUCKET: 'b',
};
const TIME_MS = Date.UTC(2026, 0, 30);

interface LogEntry {
  readonly message: string;
}

function start(dataDir = emptyFolder()): Promise<Gateway> {
  return Gateway.start({ ...NOWHERE, DATA_DIR: dataDir });
}

async function criticals(gateway: Gateway): Promise<string[]> {
  const entries = (await gateway.json('/api/logs?type=critical')) as LogEntry[];
  return entries.map(({ message }) => message).filter((message) => !message.startsWith('Store lost'));
}

async function sensors(gateway: Gateway): Promise<string[]> {
  const all = (await gateway.json('/api/sensors')) as { sensorId: string }[];
  return all.map(({ sensorId }) => sensorId);
}

async function send(gateway: Gateway, sensorId: string, values: readonly number[]): Promise<void> {
  const readings = values.map((value, index) => ({
    sensorId,
    zone: 'z',
    value,
    latencyMs: 1,
    timestamp: TIME_MS + index,
  }));
  expect(await (await gateway.post('/api/ingest/batch', readings)).json()).toMatchObject({
    accepted: values.length,
    refused: 0,
  });
}

function segmentsOf(dataDir: string): string[] {
  const journal = join(dataDir, 'journal');
  return readdirSync(journal)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => join(journal, name));
}

/** A record as earlier builds wrote it, with a reading of another sensor, as the doubles that have its bytes. */
function spellRecord(seq: number): number[] {
  const text = `{"t":1,"r":[["victim","z",666,null,${TIME_MS * 1000}]]}`;
  const body = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const record = Buffer.alloc(24 + body.length);
  record.write('PXJ1');
  record.writeUInt32LE(body.length, 8);
  record.writeUInt32LE(1, 12);
  record.writeBigUInt64LE(BigInt(seq), 16);
  body.copy(record, 24);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return Array.from({ length: record.length / 8 }, (_, index) => record.readDoubleLE(index * 8));
}

describe('a journal', () => {
  it('takes no bytes that devices send for a record, whatever they spell', async () => {
    const first = await start();
    const spelt = spellRecord(1);
    await send(first, 'attacker', spelt);
    await send(first, 'honest', [1, 2, 3]);
    await first.stop('SIGKILL');
    const [path = ''] = segmentsOf(first.dataDir);
    const bytes = readFileSync(path);
    expect(bytes.includes('["victim"')).toBe(true);
    // The lowest bit of the first record's checksum.
    bytes[4] = (bytes[4] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const second = await start(first.dataDir);
    expect(await second.pipeline()).toMatchObject({ accepted: 3, queued: 3, damaged: spelt.length });
    expect(await sensors(second)).toEqual(['honest']);
    await second.stop();
  });

  it('starts with foreign files in its folder, moves them aside, and continues its numbers', async () => {
    const first = await start();
    const { dataDir } = first;
    await send(first, 'a', [1, 2, 3, 4, 5]);
    await send(first, 'b', [6]);
    await first.stop('SIGKILL');
    const [sound = ''] = segmentsOf(dataDir);
    const journal = join(dataDir, 'journal');
    writeFileSync(join(journal, '9000000000000000.seg'), '');
    writeFileSync(join(journal, '9100000000000000.seg'), 'garbage');
    writeFileSync(join(journal, '9999999999999999.seg'), '');
    cpSync(sound, join(journal, '9200000000000000.seg'));
    cpSync(sound, join(journal, basename(sound).replace(/^\d+/, '9300000000000000')));
    cpSync(sound, newSegmentName(journal, 3).path);
    writeFileSync(newSegmentName(journal, 9_400_000_000_000_000).path, '');
    writeFileSync(join(journal, '0000000000000003.seg'), 'garbage');
    mkdirSync(join(journal, '0000000000000002.seg'));
    mkdirSync(newSegmentName(journal, 4).path);
    symlinkSync('nowhere', join(journal, '0000000000000001.seg'));
    const unreadable = Buffer.concat([
      Buffer.from(`${journal}/`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('.seg'),
    ]);
    writeFileSync(unreadable, 'a name that is no text');
    writeFileSync(`${sound}.new`, 'what a start that was cut short leaves behind');
    writeFileSync(join(journal, '0000000000000001.seg.new'), '');

    const second = await start(dataDir);
    expect(await second.pipeline()).toMatchObject({ accepted: 6, queued: 6, damaged: 0 });
    const reported = await criticals(second);
    expect(
      reported.filter((message) => message.includes('holds nothing that the journal wrote there')),
    ).toHaveLength(12);
    expect(reported).toHaveLength(12);
    await send(second, 'c', [7, 8]);
    await second.stop('SIGKILL');
    expect(segmentsOf(dataDir).map((path) => Number(basename(path).slice(0, 16)))).toEqual(
      // Node cannot name the one whose name is no text; it stays where it is.
      [1, 7, NaN],
    );

    const third = await start(dataDir);
    expect(await third.pipeline()).toMatchObject({ accepted: 8, queued: 8, damaged: 0 });
    expect(await sensors(third)).toEqual(['a', 'b', 'c']);
    expect((await criticals(third)).filter((message) => !reported.includes(message))).toEqual([]);
    await third.stop();
  });

  it('starts when there is a folder in place of noted, and a file in place of damaged/', async () => {
    const first = await start();
    const { dataDir } = first;
    await send(first, 'a', [1, 2]);
    await first.stop('SIGKILL');
    const noted = join(dataDir, 'journal', 'noted');
    rmSync(noted);
    mkdirSync(noted);
    writeFileSync(join(dataDir, 'damaged'), 'in the way');
    const second = await start(dataDir);
    expect(await second.pipeline()).toMatchObject({ accepted: 2, queued: 2, damaged: 0 });
    expect(await criticals(second)).toEqual([
      expect.stringContaining('is not a journal file and was moved to'),
      expect.stringMatching(/^damaged was not a folder/),
    ]);
    await send(second, 'b', [3]);
    expect(statSync(noted).isFile()).toBe(true);
    await second.stop();
  });

  it('starts when there is a file in place of its folder', async () => {
    const dataDir = emptyFolder();
    writeFileSync(join(dataDir, 'journal'), 'in the way');
    const gateway = await start(dataDir);
    await send(gateway, 'a', [1, 2]);
    expect(await criticals(gateway)).toEqual([
      expect.stringContaining('is not a journal file and was moved to'),
    ]);
    await gateway.stop();
  });

  it('continues in a new file when its files are deleted while it runs, and reports what is lost', async () => {
    const first = await start();
    const { dataDir } = first;
    await send(first, 'a', [1, 2]);
    for (const name of readdirSync(join(dataDir, 'journal'))) rmSync(join(dataDir, 'journal', name));
    await send(first, 'b', [3]);
    await until(
      async () =>
        (await criticals(first)).some((message) => message.includes('was deleted')) ? true : undefined,
      'the loss to be reported',
    );
    await first.stop('SIGKILL');
    const second = await start(dataDir);
    expect(await second.pipeline()).toMatchObject({ accepted: 1, queued: 1, damaged: 2 });
    expect(await sensors(second)).toContain('b');
    await second.stop();
  });

  it('loses nothing when noted cannot be written, and reports it once', async () => {
    const first = await start();
    const { dataDir } = first;
    // A write to it fails because the disk is full.
    const noted = join(dataDir, 'journal', 'noted');
    symlinkSync('/dev/full', noted);
    for (const value of [1, 2, 3]) await send(first, 'a', [value, value]);
    expect(first.output.match(/journal\/noted cannot be written/g)).toHaveLength(1);
    expect(await first.pipeline()).toMatchObject({ accepted: 6, queued: 6, refused: {} });
    await first.stop('SIGKILL');
    const second = await start(dataDir);
    expect(await second.pipeline()).toMatchObject({ accepted: 6, queued: 6, damaged: 0 });
    await send(second, 'b', [4]);
    await second.stop('SIGKILL');
    const third = await start(dataDir);
    expect(await third.pipeline()).toMatchObject({ accepted: 7, queued: 7, damaged: 0 });
    expect(await sensors(third)).toEqual(['a', 'b']);
    await third.stop();
  });

  it('counts a sound record that cannot be decoded as damaged, reports it once, and continues', async () => {
    const dataDir = emptyFolder();
    const journal = join(dataDir, 'journal');
    mkdirSync(journal);
    const { path, key } = newSegmentName(journal, 1);
    const row = (sensorId: string): string => `["${sensorId}","z",1,null,${TIME_MS * 1000}]`;
    const bodies: [string, number][] = [
      [`\u0002{"t":1,"r":[${row('a')}]}`, 1],
      ['\u0002{"t":1,"r":[["a","z"', 1],
      ['\u0002{}', 1],
      ['\u0002{"t":1,"r":[["a","z","1",null,1]]}', 1],
      ['garbage', 3],
      // More readings than the record takes numbers, and fewer.
      [`\u0002{"t":1,"r":[${row('x')},${row('y')}]}`, 1],
      [`\u0002{"t":1,"r":[${row('w')}]}`, 4],
      [`\u0002{"t":1,"r":[${row('b')}]}`, 1],
    ];
    let file = Buffer.alloc(0);
    let seq = 1;
    for (const [text, count] of bodies) {
      const record = encodeRecord(key, file.length, { seq, count, body: Buffer.from(text) });
      file = Buffer.concat([file, record]);
      seq += count;
    }
    writeFileSync(path, file);
    const first = await start(dataDir);
    expect(await first.pipeline()).toMatchObject({ accepted: 2, queued: 2, damaged: 11 });
    expect(await sensors(first)).toEqual(['a', 'b']);
    expect(await criticals(first)).toEqual([
      'The journal was damaged: 11 acknowledged readings cannot be read and are lost',
    ]);
    expect(readdirSync(join(dataDir, 'damaged')).length).toBeGreaterThan(0);
    await send(first, 'c', [1]);
    await first.stop('SIGKILL');
    const second = await start(dataDir);
    expect(await second.pipeline()).toMatchObject({ accepted: 3, queued: 3, damaged: 11 });
    expect(await criticals(second)).toHaveLength(1);
    await second.stop();
  });

  it('written by a newer gateway stops the start with advice, and is not changed', async () => {
    const first = await start();
    const { dataDir } = first;
    await send(first, 'a', [1, 2]);
    await first.stop('SIGKILL');
    const journal = join(dataDir, 'journal');
    const { path, key } = newSegmentName(journal, 3);
    writeFileSync(path, encodeRecord(key, 0, { seq: 3, count: 1, body: Buffer.from([4, 1, 2, 3]) }));
    writeFileSync(join(journal, '0000000000000002.seg'), 'a stray');
    const content = (): [string, string][] =>
      readdirSync(journal).map((name) => [name, readFileSync(join(journal, name), 'latin1')]);
    const before = content();
    const second = Gateway.launch({ ...NOWHERE, DATA_DIR: dataDir });
    expect(await second.exit()).toMatchObject({ code: 1 });
    expect(second.output.match(/Cannot open .*\/journal: it was written by a newer version/g)).toHaveLength(
      1,
    );
    expect(second.output).toContain(
      'Start that version, and drain it (POST /api/drain) before you go back to this one',
    );
    expect(content()).toEqual(before);
  });

  it('of an earlier build is read, but not written', async () => {
    const dataDir = emptyFolder();
    cpSync(join(import.meta.dirname, 'fixtures', 'journal-pxj1'), join(dataDir, 'journal'), {
      recursive: true,
    });
    const old = join(dataDir, 'journal', '0000000000000001.seg');
    const before = readFileSync(old);
    const gateway = await start(dataDir);
    expect(await gateway.pipeline()).toMatchObject({ accepted: 9, queued: 9, damaged: 0 });
    expect(await sensors(gateway)).toEqual(['four', 'one', 'three', 'two']);
    expect(await gateway.json('/api/latest/three')).toMatchObject({ zone: 'hall', value: 8, latencyMs: 4 });
    expect(await gateway.json('/api/latest/four')).toMatchObject({ zone: 'yard', value: 9 });
    const again = {
      sensorId: 'two',
      zone: 'yard',
      value: -2,
      latencyMs: 1,
      timestamp: '2026-01-30T00:00:02Z',
    };
    expect((await gateway.post('/api/ingest', again, { 'idempotency-key': 'old key' })).status).toBe(201);
    expect((await gateway.pipeline()).accepted).toBe(9);
    await send(gateway, 'new', [1]);
    await gateway.stop();
    expect(readFileSync(old)).toEqual(before);
    const [, path = ''] = segmentsOf(dataDir);
    const { key } = parseSegmentName(join(dataDir, 'journal'), basename(path)) ?? newSegmentName('', 1);
    expect(Array.from(scanRecords(key, 0, readFileSync(path)), ({ seq, count }) => [seq, count])).toEqual([
      [10, 1],
    ]);
  });
});
