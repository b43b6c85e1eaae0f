import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The oldest Node.js that the gateway runs on: major and minor version. */
const OLDEST_NODE = [20, 19] as const;
/** Which Node.js has which version of the interface for compiled modules (NODE_MODULE_VERSION). */
const NODE_OF_MODULES: Readonly<Record<string, number>> = {
  93: 16,
  102: 17,
  108: 18,
  111: 19,
  115: 20,
  120: 21,
  127: 22,
  131: 23,
  137: 24,
  141: 25,
  147: 26,
};

/**
 * Loads a program, if its packages are installed for this Node.js. Otherwise one line on standard error says what to do, instead
 * of the stack of the first package that fails, and the process ends.
 * @param load imports the program; nothing else may have imported a package before
 */
export async function runInstalled(load: () => Promise<unknown>, exitCode: number): Promise<void> {
  try {
    checkNode();
    checkCompiledPackage();
    await load();
  } catch (error) {
    const problem = describeProblem(error);
    if (problem === undefined) throw error;
    process.stderr.write(`PredictionX cannot run: ${problem}\n`);
    process.exit(exitCode);
  }
}

class WrongNode extends Error {}

function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new WrongNode(
      `it needs Node ${OLDEST_NODE.join('.')} or newer, and this is Node ${process.version}`,
    );
}

/** better-sqlite3 is the only compiled package, and loads its compiled part with the first database. */
function checkCompiledPackage(): void {
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (path: string) => {
    close(): void;
  };
  new Database(':memory:').close();
}

/** @returns undefined when the packages are not the reason */
function describeProblem(error: unknown): string | undefined {
  if (error instanceof WrongNode) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const remedy = `run "npm ci" in ${root} with this Node`;
  const present = `this is Node ${process.version} (module version ${process.versions.modules})`;
  const [firstLine = ''] = message.split('\n');
  if (code === 'ERR_DLOPEN_FAILED') {
    const [, built = ''] = /NODE_MODULE_VERSION (\d+)/.exec(message) ?? [];
    if (built === '') return `a package cannot be loaded, ${present}: ${remedy} (${firstLine})`;
    return `its packages were installed for ${nodeOf(built)}, and ${present}: ${remedy}`;
  }
  if (message.startsWith('Could not locate the bindings file'))
    return `the package better-sqlite3 was not compiled for this machine, and ${present}: ${remedy}`;
  const [, missing] = /^Cannot find (?:package|module) '([^'./][^']*)'/.exec(message) ?? [];
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && missing !== undefined)
    return `the package ${missing} is not installed: ${remedy}`;
  return undefined;
}

function nodeOf(modules: string): string {
  const major = NODE_OF_MODULES[modules];
  return `${major === undefined ? 'another Node' : `Node ${major}`} (module version ${modules})`;
}
