// The direction of imports in the page, checked by `npm run lint`.
import { fileURLToPath } from 'node:url';

const SRC = '^dashboard/src/';

/** From top to bottom: a layer imports from itself and from the layers below it. */
const LAYERS = [
  { name: 'app', path: `${SRC}(?:main|app)\\.tsx$` },
  { name: 'views', path: `${SRC}(overview|sensor|compare|log|rules|pipeline|keys)/` },
  { name: 'history', path: `${SRC}history/` },
  { name: 'components', path: `${SRC}components/` },
  { name: 'chart', path: `${SRC}chart/` },
  { name: 'live', path: `${SRC}live/` },
  { name: 'api', path: `${SRC}api/` },
  { name: 'common', path: `${SRC}common/` },
];
const PATHS = LAYERS.map(({ path }) => path);
const [, VIEWS] = PATHS;
const STYLES = '\\.css$';

export default {
  forbidden: [
    ...LAYERS.slice(1).map(({ name, path }, index) => ({
      name: `${name}-imports-downwards`,
      comment: `${name} imports from a layer above it`,
      severity: 'error',
      from: { path },
      to: { path: PATHS.slice(0, index + 1) },
    })),
    {
      name: 'views-stand-apart',
      comment: 'A view imports from another view: what both need belongs into a layer below',
      severity: 'error',
      from: { path: VIEWS },
      to: { path: VIEWS, pathNot: `${SRC}$1/` },
    },
    {
      name: 'no-circle',
      comment: 'Files import each other, directly or through others',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'in-a-layer',
      comment: 'The file belongs to no layer: name its folder in this configuration',
      severity: 'error',
      from: { path: SRC, pathNot: PATHS },
      to: {},
    },
    {
      name: 'to-a-layer',
      comment: 'The imported file belongs to no layer: name its folder in this configuration',
      severity: 'error',
      from: { path: SRC },
      to: { path: SRC, pathNot: [...PATHS, STYLES] },
    },
    {
      name: 'not-from-the-gateway',
      comment:
        'The page knows the gateway by its HTTP interface alone, whose types are in dashboard/schema.d.ts',
      severity: 'error',
      from: { path: SRC },
      to: { path: '^(?:src|dist)/' },
    },
    {
      name: 'resolvable',
      comment: 'The import was not found, so its direction cannot be checked',
      severity: 'error',
      from: { path: SRC },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // An import of a type alone couples two files, too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: fileURLToPath(new URL('tsconfig.json', import.meta.url)) },
    doNotFollow: { path: 'node_modules' },
    skipAnalysisNotInRules: true,
  },
};
