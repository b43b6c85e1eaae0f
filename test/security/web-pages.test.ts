import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY } from '../support/keys.js';
import { type PostAnswer, rawPost } from '../support/raw-post.js';

const READING = '{"sensorId":"s","zone":"z","value":1,"latencyMs":0}';
const LISTED = 'https://hall.example';

/** What a browser sends to another origin without asking first, and what it sends of the page. */
const WITHOUT_PREFLIGHT: [what: string, headers: string[]][] = [
  ['text/plain', ['Content-Type: text/plain']],
  ['text/plain of fetch()', ['Content-Type: text/plain;charset=UTF-8']],
  ['no type', []],
];
const FOREIGN: [page: string, headers: string[]][] = [
  ['of another site', ['Origin: https://elsewhere.example', 'Sec-Fetch-Site: cross-site']],
  ['in a sandbox, or a file', ['Origin: null', 'Sec-Fetch-Site: cross-site']],
  ['on another port', ['Origin: http://localhost:3000', 'Sec-Fetch-Site: same-site']],
  ['without an Origin, of another site', ['Sec-Fetch-Site: cross-site']],
  ['without an Origin, on another port', ['Sec-Fetch-Site: same-site']],
];
const CASES = WITHOUT_PREFLIGHT.flatMap(([what, type]) =>
  FOREIGN.map(([page, headers]): [string, string, string[]] => [what, page, [...type, ...headers]]),
);

const send = ({ url }: Gateway, path: string, headers: string[]): Promise<PostAnswer> =>
  rawPost(url, path, path.endsWith('/batch') ? `[${READING}]` : READING, headers);
const codeOf = ({ status, body }: PostAnswer): [number, string | undefined] => [
  status,
  (JSON.parse(body) as { code?: string }).code,
];
const accepted = async (gateway: Gateway): Promise<number> => (await gateway.pipeline()).accepted;

describe.each([
  ['without keys', {}],
  ['with AUTH=off', { AUTH: 'off' }],
])('JSON from a web page, %s', (_, variables) => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ CORS_ORIGINS: LISTED, ...variables });
  });
  afterAll(async () => {
    expect(await accepted(gateway)).toBe(4 * 2 * WITHOUT_PREFLIGHT.length);
    await gateway.stop();
  });

  it.each(CASES)('as %s is not accepted from a page %s', async (_what, _page, headers) => {
    for (const path of ['/api/ingest', '/api/ingest/batch']) {
      const [status, code] = codeOf(await send(gateway, path, headers));
      const hasOrigin = headers.some((header) => header.startsWith('Origin'));
      expect([status, code]).toEqual(
        'AUTH' in variables || !hasOrigin ? [415, 'UNSUPPORTED_MEDIA_TYPE'] : [403, 'LOCAL_ONLY'],
      );
    }
  });

  it('as application/json does not pass the preflight of a page that is not listed', async () => {
    for (const origin of ['https://elsewhere.example', 'null', LISTED]) {
      const response = await gateway.get('/api/ingest', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
      const isAllowed = response.headers.get('access-control-allow-origin') === origin;
      expect([origin, isAllowed]).toEqual([origin, origin === LISTED]);
    }
  });

  it.each(WITHOUT_PREFLIGHT)(
    'as %s is accepted from listed pages, its own, and programs',
    async (_what, type) => {
      const own = new URL(gateway.url).origin;
      for (const page of [
        [`Origin: ${LISTED}`, 'Sec-Fetch-Site: cross-site'],
        [`Origin: ${own}`, 'Sec-Fetch-Site: same-origin'],
        ['Sec-Fetch-Site: none'],
        [],
      ]) {
        const single = await send(gateway, '/api/ingest', [...type, ...page]);
        const batch = await send(gateway, '/api/ingest/batch', [...type, ...page]);
        expect([page, single.status, batch.status]).toEqual([page, 201, 200]);
      }
    },
  );
});

it('JSON from a web page is accepted with a key only, once there are keys', async () => {
  const gateway = await Gateway.start({ ADMIN_KEY, CORS_ORIGINS: LISTED });
  gateway.key = ADMIN_KEY;
  for (const [, , headers] of CASES)
    expect(codeOf(await send(gateway, '/api/ingest', headers))).toEqual([401, 'KEY_REQUIRED']);
  // A page that has a key sends it in a header, for which a browser asks first.
  const signed = [`X-API-Key: ${ADMIN_KEY}`, 'Origin: https://elsewhere.example'];
  expect((await send(gateway, '/api/ingest', signed)).status).toBe(415);
  expect((await send(gateway, '/api/ingest', [...signed, 'Content-Type: application/json'])).status).toBe(
    201,
  );
  // A browser adds a password that it keeps to what any page sends.
  const kept = `Authorization: Basic ${Buffer.from(`device:${ADMIN_KEY}`).toString('base64')}`;
  const line = 'sensor_predictions,sensor_id=b,zone=z value=1';
  const write = async (page: string[]): Promise<number> =>
    (await rawPost(gateway.url, '/write?db=x', line, [kept, ...page])).status;
  for (const [page, headers] of FOREIGN) expect([page, await write(headers)]).toEqual([page, 401]);
  expect(await write([])).toBe(204);
  expect(await accepted(gateway)).toBe(2);
  await gateway.stop();
});
