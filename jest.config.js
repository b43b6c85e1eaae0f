// Tests are compiled by swc and run what ships: an import from src/ is served from dist/, which npm test builds.
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^(?:\\.{1,2}/)+src/(.*)\\.js$': '<rootDir>/dist/$1.js',
    // Tests import each other as .js too; what ships has the .js itself.
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
  },
};

const suite = (displayName, ...folders) => ({
  ...shared,
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
});

export default {
  projects: [
    suite(
      'unit',
      '{about,auth,backup,cli,clock,common,data-dir,docs,http,ingest,journal,lint,logs,model,pipeline,registry,rules,store,stream}',
    ),
    suite('e2e', 'e2e'),
    suite('influx', 'influx'),
    suite('clients', 'clients'),
    suite('browser', 'browser'),
    suite('security', 'security'),
    suite('schema', 'schema'),
    suite('deploy', 'deploy'),
    suite('faults', 'faults'),
    suite('bench', 'bench'),
  ],
  testTimeout: 60_000,
};
