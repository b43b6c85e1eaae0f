import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LineMapping } from '../../../src/ingest/line-protocol/mapping/line-mapping.js';
import { readMappingFile } from '../../../src/ingest/line-protocol/mapping/mapping-file.js';
import { LineReader } from '../../../src/ingest/line-protocol/line-reader.js';
import { emptyFolder, ROOT } from '../../support/environment.js';
import { linesBody } from './parse-lines.js';

const MODBUS = `
- measurement: modbus
  fields: '*'
  sensorId: '{tag.name}.{field}'
  zone: '{tag.line}'
`;

function fileOf(rules: string | Buffer): string {
  const file = join(emptyFolder(), 'rules.yaml');
  writeFileSync(file, rules);
  return file;
}

/** @returns the readings that rules make of a body, and why others are none, each by its line */
function map(rules: string, body: string): { readings: object[]; refused: string[] } {
  const mapping = new LineMapping(readMappingFile(fileOf(rules)));
  const reader = new LineReader(linesBody(body), 'ns', Infinity, mapping.open());
  while (reader.step());
  expect(reader.problems).toEqual([]);
  const readings: object[] = [];
  const refused: string[] = [];
  reader.submitted.forEach((submitted, index) => {
    if ('sensorId' in submitted) readings.push(submitted);
    else refused.push(`line ${reader.lineOf(index)}: ${submitted[0]?.message ?? ''}`);
  });
  return { readings, refused };
}

describe('docs/line-mapping.md', () => {
  const sections = readFileSync(join(ROOT, 'docs', 'line-mapping.md'), 'utf8')
    .split(/^### /m)
    .slice(1);
  const titles = sections.map((section) => section.split('\n', 1)[0]);
  const block = (section: string, kind: string): string =>
    new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\``, 'm').exec(section)?.[1] ?? '';

  it('has an example for each of these inputs of Telegraf', () => {
    expect(titles).toEqual(['modbus', 'opcua', 'mqtt_consumer', 'snmp']);
  });

  it.each(sections.map((section, at) => [titles[at], section] as const))(
    'shows the readings of its example for %s',
    (_, section) => {
      const rows = Array.from(section.matchAll(/^\| (\S+) +\| (\S+) +\| (-?\d[\d.]*) +\|$/gm));
      expect(rows.length).toBeGreaterThan(1);
      const readings = rows.map(([, sensorId, zone, value]) => ({
        ...{ sensorId, zone, value: Number(value), timestampUs: 1_769_782_718_000_000 },
        ...(/\/(?:value|battery)$/.test(sensorId ?? '') && { latencyMs: 12 }),
      }));
      expect(map(block(section, 'yaml'), block(section, 'text'))).toEqual({ readings, refused: [] });
    },
  );
});

describe('a rule', () => {
  const reading = (sensorId: string, value: number): object => ({ sensorId, zone: 'l', value });

  it.each<[string, string, string, object[]]>([
    [
      'takes each field that is a number, and passes over others that only a pattern fits',
      MODBUS,
      'modbus,name=n,line=l a=1.5,b=-2i,c=3u,d="4",e=true,f=t',
      [reading('n.a', 1.5), reading('n.b', -2), reading('n.c', 3)],
    ],
    [
      'takes booleans as 1 and 0 when it says so',
      `${MODBUS}  booleans: true`,
      'modbus,name=n,line=l a=true,b=F,c="x"',
      [reading('n.a', 1), reading('n.b', 0)],
    ],
    [
      'takes the fields of a list, by name and by pattern',
      MODBUS.replace("'*'", "[a, 'x*z', 'none']"),
      'modbus,name=n,line=l a=1,b=2,xz=3,xyz=4,xyzz=5,xx=6',
      [reading('n.a', 1), reading('n.xz', 3), reading('n.xyz', 4), reading('n.xyzz', 5)],
    ],
    [
      'takes a latency, which is no reading',
      `${MODBUS}  latencyMs: took`,
      'modbus,name=n,line=l a=1,took=12.5\nmodbus,name=n,line=l a=2',
      [{ ...reading('n.a', 1), latencyMs: 12.5 }, reading('n.a', 2)],
    ],
    [
      'fills templates with the measurement, with defaults, and with braces',
      "[{measurement: 'm*', fields: x, sensorId: '{{{measurement}}}{tag.a:-none}', zone: '{tag.line:-}l'}]",
      'mm x=1\nm,a=b\\ c x=2',
      [reading('{mm}none', 1), reading('{m}b c', 2)],
    ],
    [
      'counts before the rules after it, when its tags fit',
      `
- { measurement: m, tags: { id: 01, kind: 'a*' }, fields: '*', sensorId: 'first.{field}', zone: l }
- { measurement: 'm*', fields: '*', sensorId: 'second.{field}', zone: l }
- { measurement: m, fields: '*', sensorId: 'never.{field}', zone: l }`,
      'm,id=01,kind=ab x=1\nm,id=1,kind=ab x=2\nm,id=01 y=3\nmm z=4',
      [reading('first.x', 1), reading('second.x', 2), reading('second.y', 3), reading('second.z', 4)],
    ],
    [
      'leaves the measurement sensor_predictions alone',
      "[{measurement: '*', fields: '*', sensorId: '{measurement}.{field}', zone: l}]",
      'sensor_predictions,sensor_id=s,zone=l value=1\nsensor_predictions,sensor_id=s\\ 1,zone=l value=2',
      [reading('s', 1), reading('s 1', 2)],
    ],
    [
      'ignores points when it says so',
      `- { measurement: modbus, tags: { type: coil }, ignore: true }\n${MODBUS.trim()}`,
      'modbus,name=n,line=l,type=coil a=1\nmodbus,name=n,line=l a="x",b=2',
      [reading('n.b', 2)],
    ],
  ])('%s', (_, rules, body, readings) => {
    expect(map(rules, body)).toEqual({ readings, refused: [] });
  });

  const long = 'n'.repeat(127);
  it.each<[string, string, string, string]>([
    [
      'no rule takes',
      MODBUS.replace('  fields', '  tags: { type: coil }\n  fields'),
      'modbus,name=n,line=l a=1',
      'no rule of LINE_MAPPING takes this point of the measurement "modbus"; the rules take modbus with type=coil',
    ],
    [
      'lacks a tag',
      MODBUS,
      'modbus,line=l a=1,b=2',
      'rule 1 of LINE_MAPPING: sensorId needs the tag "name" for "{tag.name}.{field}", and the point has no such tag',
    ],
    [
      'has no number',
      MODBUS.replace("'*'", "['a*', b]"),
      'modbus,name=n,line=l a="x",ab=true,c=1',
      'rule 1 of LINE_MAPPING: at least one field a*, b must be a number; the fields of the point are a, ab, c',
    ],
    [
      'has a text in a field that the rule names',
      MODBUS.replace("'*'", 'a'),
      'modbus,name=n,line=l a="x"',
      'rule 1 of LINE_MAPPING: field a must be a finite number, got "\\"x\\""',
    ],
    [
      'has a latency that is no number',
      `${MODBUS}  latencyMs: took`,
      'modbus,name=n,line=l a=1,took="long"',
      'rule 1 of LINE_MAPPING: field took must be a finite number, got "\\"long\\""',
    ],
    [
      'has a name that is too long',
      MODBUS,
      `modbus,name=${long},line=l a=1`,
      `rule 1 of LINE_MAPPING: sensorId must be 1 to 128 characters, without control characters or backslashes, with no space at either end, got "${long.slice(0, 79)}… (129 characters)`,
    ],
    [
      'has a backslash in its zone',
      MODBUS,
      'modbus,name=n,line=C:\\d a=1',
      'rule 1 of LINE_MAPPING: zone must be 1 to 128 characters, without control characters or backslashes, with no space at either end, got "C:\\\\d"',
    ],
  ])('has a point refused that %s', (_, rules, body, message) => {
    expect(map(rules, body)).toEqual({ readings: [], refused: [`line 1: ${message}`] });
  });

  it('has one field refused, and takes the others of the point', () => {
    expect(map(MODBUS, 'modbus,name=n,line=l a=1,b=9007199254740993i,c=3')).toEqual({
      readings: [reading('n.a', 1), reading('n.c', 3)],
      refused: [
        'line 1: rule 1 of LINE_MAPPING: field b must be an integer of at most 9007199254740991; larger ones cannot be stored exactly, got "9007199254740993i"',
      ],
    });
  });

  it('has no reading replaced by one of another series', () => {
    const { readings, refused } = map(
      MODBUS,
      [
        'modbus,name=n,line=l,slave_id=1 a=1,b=2 1000',
        // Another series, but no field in common.
        'modbus,name=n,line=l,slave_id=2 c=3 1000',
        'modbus,name=n,line=l,slave_id=2 a=4,d=5 1000',
        // Another time, another zone, and no time.
        'modbus,name=n,line=l,slave_id=2 a=6 2000',
        'modbus,name=n,line=m,slave_id=2 a=7 1000',
        'modbus,name=n,line=l,slave_id=2 a=8',
        // The same series again, also with its tags in another order.
        'modbus,name=n,line=l,slave_id=1 a=9 1000',
        'modbus,slave_id=1,name=n,line=l a=10 1000',
      ].join('\n'),
    );
    expect(readings.map((one) => (one as { value: number }).value)).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
    expect(refused).toEqual([
      'line 3: rule 1 of LINE_MAPPING: sensorId "n.a" has a reading of another point of this request for the same zone and time; the points differ in tag "slave_id", which the template of sensorId or zone must name',
    ]);
  });

  it('has no reading replaced in a second zone of the sensor', () => {
    const { refused } = map(
      MODBUS,
      ['l,slave_id=1 a=1', 'm,slave_id=1 a=2', 'm,slave_id=2 a=3', 'l,slave_id=2 a=4']
        .map((rest) => `modbus,name=n,line=${rest} 1000`)
        .join('\n'),
    );
    expect(refused.map((reason) => reason.slice(0, 7))).toEqual(['line 3:', 'line 4:']);
  });

  it('makes no sensor of two series whose points have no time', () => {
    const lines = ['slave_id=1 a=1', 'slave_id=2 a=2', 'slave_id=1 a=3', 'slave_id=2 b=4'];
    const { readings, refused } = map(MODBUS, lines.map((rest) => `modbus,name=n,line=l,${rest}`).join('\n'));
    expect(readings.map((one) => (one as { value: number }).value)).toEqual([1, 3, 4]);
    expect(refused).toEqual([
      'line 2: rule 1 of LINE_MAPPING: sensorId "n.a" has a reading of another point of this request for the same zone without a time, too; the points differ in tag "slave_id", which the template of sensorId or zone must name',
    ]);
  });

  it('costs in proportion to the tags and fields of lines that are refused', () => {
    const costOf = (count: number): number => {
      const pairs = (value: number): string =>
        Array.from({ length: count }, (_, at) => `f${at}=${value}`).join(',');
      const body = Array.from(
        { length: 20 },
        (_, at) => `modbus,name=n,line=l,${pairs(at)} ${pairs(1)} 1000`,
      );
      const { user } = process.cpuUsage();
      expect(map(MODBUS, body.join('\n')).readings).toHaveLength(count);
      return process.cpuUsage().user - user;
    };
    costOf(100);
    const costs = [costOf(300), costOf(900)];
    // Three times as much work, not nine times.
    expect((costs[1] ?? 0) / (costs[0] ?? 1)).toBeLessThan(7);
  });

  it('costs in proportion to the fields that a line has', () => {
    const fields = Array.from({ length: 2_000 }, (_, at) => `f${at}=1`).join(',');
    const { readings } = map(MODBUS, `modbus,name=n,line=l ${fields}`);
    expect(readings).toHaveLength(2_000);
  });
});

describe('readMappingFile', () => {
  const wrong = (content: string | Buffer): string => {
    const file = fileOf(content);
    try {
      readMappingFile(file);
    } catch (error) {
      expect((error as Error).constructor.name).toBe('StartError');
      return (error as Error).message.replace(file, 'FILE');
    }
    return '';
  };

  it('reads JSON, and a byte-order mark', () => {
    const rules = [{ measurement: 'm', fields: ['a', 'b*'], sensorId: '{field}', zone: 'z' }];
    expect(readMappingFile(fileOf(`\ufeff${JSON.stringify(rules)}`))).toHaveLength(1);
  });

  it('names every mistake with its line, rule, key and value, and what would be right', () => {
    const template =
      'a text with {measurement}, {field}, {tag.NAME} or {tag.NAME:-default}, and {{ or }} for a brace';
    expect(
      wrong(`
- measurement: sensor_predictions
  fields: []
  sensorId: '{tags.name}.{field}'
  zone: '{tag.line'
- measurement: [cpu]
  tags: { type: '' }
  fields: '*'
  sensorId: '{tag.name}'
  zones: a
- measurement: m
  ignore: yes
  booleans: 1
  latencyMs:
- measurement: n
  ignore: true
  fields: a
- 5
`).split('\n'),
    ).toEqual([
      'LINE_MAPPING: FILE is wrong:',
      '  - line 2, rule 1: measurement must be another than sensor_predictions, which the gateway reads by itself',
      '  - line 3, rule 1: fields must be a name, a pattern such as "*", or a list of them, got []',
      `  - line 4, rule 1: sensorId must be ${template}, got "{tags.name}.{field}"`,
      `  - line 5, rule 1: zone must be ${template}, got "{tag.line"`,
      '  - line 10, rule 2: "zones" is not known here; the keys are measurement, tags, fields, sensorId, zone, latencyMs, booleans, ignore',
      '  - line 6, rule 2: measurement must be a text, with * for any characters, got ["cpu"]',
      '  - line 7, rule 2: tags."type" must be a text, with * for any characters, got ""',
      `  - line 6, rule 2: zone is missing; it must be ${template}`,
      '  - line 9, rule 2: sensorId must contain {field} where fields can be several: their readings would overwrite each other',
      '  - line 12, rule 3: ignore must be true or false, got "yes"',
      '  - line 11, rule 3: fields is missing; it must be a name, a pattern such as "*", or a list of them',
      `  - line 11, rule 3: sensorId is missing; it must be ${template}`,
      `  - line 11, rule 3: zone is missing; it must be ${template}`,
      '  - line 14, rule 3: latencyMs must be the name of a field, got ""',
      '  - line 13, rule 3: booleans must be true or false, got "1"',
      '  - line 17, rule 4: fields must be absent where ignore is true',
      '  - line 18, rule 5: the rule must be an object with the keys measurement, tags, fields, sensorId, zone, latencyMs, booleans, ignore, got "5"',
    ]);
  });

  it.each<[string, string | Buffer, string]>([
    [
      'empty',
      '',
      'the file must be a list of rules, each with measurement, fields, sensorId and zone, got null',
    ],
    ['no list', 'a: b', 'the file must be a list of rules, each with measurement, fields, sensorId and zone'],
    ['no YAML', '[', 'it must be YAML: Flow sequence must end with a ] at line 1, column 2'],
    ['a star without quotes', '- fields: *', 'a pattern that begins with * must be in quotes'],
    ['a key that is there twice', '- {a: 1, a: 2}', 'Map keys must be unique at line 1'],
    ['several documents', '- a\n---\n- b', 'it must be one document, got several'],
    ['nested too deeply', '['.repeat(30_000), 'it must be YAML: Maximum call stack size exceeded'],
    [
      'many aliases of aliases',
      ['a', 'b', 'c', 'd']
        .map(
          (n, at) =>
            `- &${n} [${Array(9)
              .fill(at ? `*${'abc'[at - 1] ?? ''}` : 'x')
              .join()}]`,
        )
        .join('\n'),
      'it must be simpler: Excessive alias count',
    ],
    ['larger than 64 KB', ' '.repeat(65_537), 'it must have at most 65536 bytes, got 65537'],
    ['no UTF-8', Buffer.from([0xff]), 'LINE_MAPPING must be a file of rules in UTF-8 that can be read: FILE'],
  ])('refuses a file that is %s', (_, content, message) => {
    expect(wrong(content)).toContain(message);
  });

  it.each([
    [
      'a name that is too long',
      `sensorId: ${'s'.repeat(129)}`,
      'sensorId must be a template whose texts are 1 to 128',
    ],
    ['a backslash', "sensorId: 'a\\b{field}'", 'sensorId must be a template whose texts are'],
    ['a control character', 'zone: "a\\tb"', 'zone must be a template whose texts are'],
    ['a default that cannot be', "zone: '{tag.a:-x\\y}'", 'zone must be a template whose texts are'],
    [
      'a pattern for the latency',
      "latencyMs: 'l*'",
      'latencyMs must be the name of one field that fields does not name',
    ],
    [
      'one field for value and latency',
      'latencyMs: v',
      'latencyMs must be the name of one field that fields',
    ],
  ])('refuses a rule that could never make a reading: %s', (_, line, message) => {
    const rule = { measurement: 'm', fields: 'v', sensorId: 's', zone: 'z' };
    const lines = Object.entries(rule).map(([key, value]) => `${key}: ${value}`);
    const key = line.slice(0, line.indexOf(':'));
    const kept = lines.filter((one) => !one.startsWith(`${key}:`));
    expect(wrong(`- ${[...kept, line].join('\n  ')}\n`)).toContain(message);
  });

  it('refuses a rule that is never reached', () => {
    const rule = "- { measurement: m, tags: { a: 'x*' }, fields: v, sensorId: s, zone: z }\n";
    expect(wrong(rule + rule.replace('x*', 'y') + rule.replace('z }', 'other }'))).toContain(
      'line 3, rule 3: rule 3 takes the same points as rule 1, which comes first: it must differ in measurement or tags',
    );
  });

  it('names at most 20 mistakes', () => {
    const sentences = wrong('- 5\n'.repeat(30)).split('\n');
    expect(sentences).toHaveLength(22);
    expect(sentences.at(-1)).toBe('  - 10 more');
  });

  it('refuses a folder, and a file that is not there', () => {
    expect(() => readMappingFile(ROOT)).toThrow('it must be a file');
    expect(() => readMappingFile('/nowhere/rules.yaml')).toThrow('ENOENT');
  });
});
