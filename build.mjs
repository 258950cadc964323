// Builds dist/: one CommonJS file per hook (node:fs inside, nothing else), ES modules for the rest.
import { chmodSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const packageJson = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const BUNDLED = ['valibot'];

/** How a hook is bundled; the tests bundle with the same. */
export const HOOK_BUNDLE = {
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  logLevel: 'warning',
};

/** Packages that are installed beside ours. The others become part of it: the worker would else load all of what it needs a part of. */
const EXTERNAL = Object.keys(packageJson.dependencies).filter((name) => !BUNDLED.includes(name));

/** One file per hook in `hooks/`. */
export const HOOK_FILES = readdirSync(new URL('hooks', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `hooks/${name}`);

if (realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  rmSync('dist', { recursive: true, force: true });
  await build({ ...HOOK_BUNDLE, entryPoints: HOOK_FILES, outdir: 'dist/hooks' });
  const bins = { waymark: 'lib/cli/main.ts', 'install-hooks': 'installer/main.ts', 'secret-scan': 'lib/features/security/secret-scan.ts' };
  await build({
    entryPoints: bins,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: EXTERNAL,
    minifyWhitespace: true, // a worker keeps its source text in memory
    minifySyntax: true,
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
  for (const name of Object.keys(bins)) chmodSync(`dist/${name}.js`, 0o755);
}
