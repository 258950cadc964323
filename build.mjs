// Builds dist/: one CommonJS file per hook (node:fs inside, nothing else), ES modules for the rest.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const packageJson = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Finding a package and each of its files costs a command some 10 ms. */
const BUNDLED = ['commander', 'croner', 'valibot'];

/** Bundled CommonJS packages ask for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE =
  "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);";

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
const EXTERNAL = Object.keys({
  ...packageJson.dependencies,
  ...packageJson.optionalDependencies,
}).filter((name) => !BUNDLED.includes(name));

/** One file per hook in `hooks/`. */
export const HOOK_FILES = readdirSync(new URL('hooks', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `hooks/${name}`);

if (realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  rmSync('dist', { recursive: true, force: true });
  await build({ ...HOOK_BUNDLE, entryPoints: HOOK_FILES, outdir: 'dist/hooks' });
  const bins = {
    waymark: 'lib/cli/main.ts',
    'install-hooks': 'installer/main.ts',
    'secret-scan': 'lib/secrets/secret-scan.ts',
    'handler-runner': 'lib/delivery/handlers/handler-runner.ts',
  };
  await build({
    entryPoints: { ...bins, index: 'lib/index.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: EXTERNAL,
    minifyWhitespace: true, // a worker keeps its source text in memory
    minifySyntax: true,
    banner: { js: REQUIRE },
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
  for (const name of Object.keys(bins)) chmodSync(`dist/${name}.js`, 0o755);
  noteBuild();
  declareTypes();
}

/** Writes which build this is: a hash of what was built, so the same sources give the same one. */
function noteBuild() {
  const hash = createHash('sha256');
  const files = readdirSync('dist', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  writeFileSync(
    'dist/build.json',
    `${JSON.stringify({ build: hash.digest('hex').slice(0, 12) })}\n`,
  );
}

/** What `import … from 'waymark'` has for types: one declaration file for each source file that lib/index.ts reaches. */
function declareTypes() {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const { bin } = JSON.parse(readFileSync(compiler, 'utf8'));
  execFileSync(process.execPath, [join(compiler, '..', bin.tsc), '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
  writeFileSync('dist/index.d.ts', "export * from './types/index.ts';\n");
}
