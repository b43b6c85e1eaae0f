/**
 * The one direction of imports in src/. Rooms from top to bottom: a room may import from rooms below it, never from one
 * above or beside it in the list. docs/architecture.md shows the same picture.
 */
const ROOMS = [
  'cli',
  'about',
  'drain',
  'backup',
  'health',
  'fast-path',
  'metrics',
  'persistence',
  'rules',
  'logs',
  'stream',
  'latest',
  'readings',
  'ingest',
  'sensors',
  'dead-letters',
  'pipeline',
  'registry',
  'journal',
  'influx',
  'auth',
  'clock',
  'data-dir',
  'model',
  'http/server',
  'http/etag',
  'http/pagination',
  'http/dashboard',
  'http/hooks',
  'common/openapi',
  'common/tracing',
  'common/logging',
  'common/scheduling',
  'common/workers',
  'common/disk',
  'common/config',
  'common/validation',
  'common/errors',
];

/** What starts the gateway: above all rooms but cli, which starts it. */
const APPLICATION = '^src/[^/]+$';

const within = (rooms) => `^src/(?:${rooms.join('|')})/`;

const anyOf = (files) => `^src/(?:${files.join('|')})[.]ts$`;

/** The local implementations of ports: docs/decisions/seam.md. */
const LOCAL = anyOf([
  'auth/local-key-storage',
  'clock/clock-file',
  'journal/journal',
  'logs/local-event-storage',
  'persistence/local-persistence',
  'pipeline/state/local-ledger',
  'rules/local-rule-storage',
  'rules/open-local-rules',
]);
/** What opens them: one place, their threads, and tools that work on a folder without a gateway. */
const OPENING = anyOf([
  'persistence/.+',
  '.+[.]worker',
  'cli/.+',
  'logs/renew-log',
  'pipeline/reload-latest',
  'pipeline/restored-state',
  'rules/adopt-journal',
]);

export default {
  forbidden: [
    ...ROOMS.slice(1).map((room, index) => ({
      name: `${room.replace('/', '-')}-imports-downwards-only`,
      comment: `src/${room} may import from the rooms below it in .dependency-cruiser.mjs`,
      severity: 'error',
      from: { path: within([room]) },
      to: { path: [within(ROOMS.slice(0, index + 1)), APPLICATION] },
    })),
    {
      name: 'rooms-are-listed',
      comment: 'A new folder of src/ gets its place in the list of rooms in .dependency-cruiser.mjs',
      severity: 'error',
      from: { path: '^src/.+/', pathNot: within(ROOMS) },
      to: {},
    },
    {
      name: 'stores-do-not-know-each-other',
      comment: 'What both stores share stands at the top of src/influx',
      severity: 'error',
      from: { path: '^src/influx/(influxdb|embedded)/' },
      to: { path: '^src/influx/(influxdb|embedded)/', pathNot: '^src/influx/$1/' },
    },
    {
      name: 'only-persistence-opens-what-the-gateway-keeps',
      comment: 'Inject the port instead: only src/persistence knows what is behind it',
      severity: 'error',
      from: { path: '^src/', pathNot: OPENING },
      to: { path: LOCAL },
    },
    {
      name: 'no-circles',
      comment: 'Files that import each other cannot be understood one by one',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^src/',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
