import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { openReadingSource } from '../../../src/cli/import/reading-source.js';
import { PLACE, readFixture, readText } from './read-file.js';
import { emptyFolder } from '../../support/environment.js';

const COUNT_PROBLEM =
  'if the comma is also the decimal mark, the numbers must be in quotes, or another character between the columns';

describe('a file with faults', () => {
  it('refuses rows with more or fewer cells than the header', async () => {
    expect(await readFixture('rows-that-do-not-fit.csv')).toEqual([
      `2: the row has 4 cells, but the header has 3; ${COUNT_PROBLEM}`,
      '3 s z 21.5 1769781660000000',
      '4: the row has 1 cell, but the header has 3',
      '5 s z 22 1769781780000000',
    ]);
  });

  it('refuses the row of a stray quote, and no other', async () => {
    expect(await readFixture('stray-quotes.csv')).toEqual([
      '2: the row has a double quote that is not closed',
      '3 s z 2 1769781660000000',
      expect.stringMatching(/^4: the row has a double quote that does not enclose a cell/),
      '5 s z 4 1769781780000000',
      '7 s z 5 1769781840000000',
      '8: the row has a double quote that is not closed',
    ]);
  });

  it('ends a quoted cell after 100 lines at the latest', async () => {
    const text = (lines: number): string =>
      `time,note,value\n2026-01-30T14:00:00Z,"${'x\n'.repeat(lines)}",1\n2026-01-30T14:01:00Z,,2\n`;
    expect(await readText(text(99))).toEqual(['2 s z 1 1769781600000000', '102 s z 2 1769781660000000']);
    const rows = await readText(text(100));
    expect(rows).toHaveLength(102);
    expect(rows[0]).toBe('2: the row has a double quote that is not closed');
    expect(rows.at(-1)).toBe('103 s z 2 1769781660000000');
  });

  it('refuses what is no decimal number', async () => {
    const problem = (line: number, text: string): string =>
      `${line}: column "value": must be a decimal number, got "${text}"`;
    expect(await readFixture('no-decimal-numbers.csv')).toEqual([
      problem(2, '0x1F'),
      problem(3, '1_000'),
      problem(4, 'Infinity'),
      problem(5, 'unavailable'),
      '6: column "value": is empty; it must hold a number',
      '7: column "value": must be a decimal number with a point, got "21,5"; if the comma is the decimal mark, add --decimal ,',
      '8: column "value": must be a number that a double can hold, got "1e999"',
      problem(9, '1,234.5'),
      problem(10, 'NaN'),
      '11 s z 15 1769782140000000',
    ]);
  });

  it('refuses lines with NUL bytes, or bytes of another encoding', async () => {
    expect(await readFixture('power-cut-and-latin-1.csv')).toEqual([
      '2 s z 1 1769781600000000',
      expect.stringMatching(/^3: the line has NUL bytes/),
      '4 s z 3 1769781720000000',
      expect.stringMatching(/^5: the line has bytes that are not in the encoding of the file/),
    ]);
    await expect(readFixture('latin-1-header.csv')).rejects.toThrow('Line 1 has bytes that are not UTF-8');
  });

  it('refuses a line of more than a million characters, and none beside it', async () => {
    const long = `2026-01-30T14:01:00Z,${'1'.repeat(3 << 20)}`;
    expect(
      await readText(`time,value\n2026-01-30T14:00:00Z,1\n${long}\n2026-01-30T14:02:00Z,3\n${long}`),
    ).toEqual([
      '2 s z 1 1769781600000000',
      '3: the line has more than 1048576 characters',
      '4 s z 3 1769781720000000',
      '5: the line has more than 1048576 characters',
    ]);
  });

  it('shows a bounded part of a long cell', async () => {
    const [row = ''] = await readText(`time,value\n2026-01-30T14:00:00Z,${'x'.repeat(1_000_000)}\n`);
    expect(row.length).toBeLessThan(200);
  });

  it('passes over empty rows, comments, and a header that comes again', async () => {
    const rows = ['time,value', '', '# pause', '2026-01-30T14:00:00Z,1', ' , ', 'time,value', ','];
    expect(await readText(rows.join('\r\n'))).toEqual(['4 s z 1 1769781600000000']);
    expect(
      await readText('time,value\n//x\n2026-01-30T14:00:00Z,1\n', { ...PLACE, comment: '//' }),
    ).toHaveLength(1);
  });

  it('ends lines as the file does', async () => {
    const expected = ['2 s z 1 1769781600000000', '3 s z 2 1769781660000000'];
    expect(await readFixture('old-mac-lines.csv')).toEqual(expected);
    expect(await readText('time,value\r\n2026-01-30T14:00:00Z,1\n2026-01-30T14:01:00Z,2\r\n')).toEqual(
      expected,
    );
  });
});

describe('a file that is no text', () => {
  const folder = emptyFolder();

  it('is refused with what it is', async () => {
    const problems = {
      'PK\x03\x04\x14\0': 'a zip archive or an Excel workbook',
      'PAR1\x15\0': 'a Parquet file',
      'SQLite format 3\0': 'an SQLite database',
      '[{"sensorId":"a"}]': 'a JSON array; NDJSON has one object on each line',
      '<!DOCTYPE html>': 'a web page',
      't\0i\0m\0e\0,\0v\0': 'UTF-16 without a byte-order mark',
      '\0\0\0\0': 'NUL bytes',
    };
    for (const [start, problem] of Object.entries(problems))
      await expect(readText(Buffer.from(start, 'latin1'))).rejects.toThrow(problem);
    await expect(readText(gzipSync('PAR1'))).rejects.toThrow('a Parquet file');
    await expect(readFixture('empty.csv')).rejects.toThrow('is empty');
    await expect(openReadingSource(folder, PLACE)).rejects.toThrow(`${folder} is a folder`);
    await expect(openReadingSource(join(folder, 'none'), PLACE)).rejects.toThrow(
      'none: no such file or directory',
    );
    expect(spawnSync('mkfifo', [join(folder, 'pipe')]).status).toBe(0);
    await expect(openReadingSource(join(folder, 'pipe'), PLACE)).rejects.toThrow('is a pipe');
  });

  it('has no rows when there is only a header', async () => {
    expect(await readFixture('header-only.csv')).toEqual([]);
    await expect(readText('\n\n# nothing\n')).rejects.toThrow('The file has no header');
  });
});

describe('an encoded file', () => {
  const text = 'time,Keller °C\n2026-01-30T14:00:00Z,21.5\n';
  const expected = ['2 Keller °C z 21.5 1769781600000000'];
  const options = { zone: 'z', wide: true };

  it('is read as its byte-order mark says', async () => {
    const little = Buffer.from(`\ufeff${text}`, 'utf16le');
    expect(await readText(little, options)).toEqual(expected);
    expect(await readText(Buffer.from(little).swap16(), options)).toEqual(expected);
    expect(await readText(`\ufeff${text}`, options)).toEqual(expected);
  });

  it('is unpacked from gzip, and refused when its end is missing', async () => {
    expect(await readText(gzipSync(text), options)).toEqual(expected);
    const rows = Array.from(
      { length: 50_000 },
      (_, row) => `2026-01-30T14:00:00.${String(row).padStart(6, '0')}Z,1`,
    );
    const packed = gzipSync(`time,value\n${rows.join('\n')}\n`);
    await expect(readText(packed.subarray(0, packed.length - 20))).rejects.toThrow(
      'the gzip file is cut off',
    );
  });
});
