import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompress, gzip } from 'node:zlib';
import { promisify } from 'node:util';

import { defineConfig, type Plugin } from 'vite';

/** The gateway that `vite dashboard` forwards to during development. */
const GATEWAY = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [compress()],
  // Links are relative, so that the page also works below a path of a reverse proxy.
  base: './',
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // Inlines nothing: the page's security policy forbids inline code, and data: URLs for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // Libraries mark client code for servers that render pages; this page has no such server.
      onLog: (level, log, tell) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && tell(level, log),
    },
  },
  server: { proxy: { '/api': GATEWAY, '/metrics': GATEWAY } },
});

/** Compresses files at build time, so that the gateway does not compress them for each request. */
function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    async writeBundle({ dir = '' }, files) {
      for (const name of Object.keys(files).filter((file) => /\.(js|css|svg)$/.test(file))) {
        const bytes = await readFile(join(dir, name));
        await writeFile(join(dir, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
        await writeFile(join(dir, `${name}.br`), await promisify(brotliCompress)(bytes));
      }
    },
  };
}
