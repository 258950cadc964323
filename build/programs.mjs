// How programs are built: ES modules that share their code, and single files that start fast.
import { build } from 'esbuild';
import { EXTERNAL, SHORT_PACKAGES, WITHOUT_UNUSED } from './packages.mjs';
import {
  OWN_REQUIRE,
  REDIS_BESIDE_COMMANDS,
  REDIS_WHEN_CALLED,
  WIDTHS_WHEN_CALLED,
} from './when-called.mjs';

/**
 * Bundled CommonJS packages load Node's own modules with `require`, which ES modules do not have.
 */
export const REQUIRE =
  "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);";

/** Options of all programs. */
export const PROGRAM = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true, // A worker keeps its source text in memory.
  minifySyntax: true,
  legalComments: 'none',
  plugins: [WITHOUT_UNUSED, SHORT_PACKAGES, WIDTHS_WHEN_CALLED],
  logLevel: 'warning',
};

/**
 * A file that Node loads with `require` needs no ES module loader, which saves about 6 ms. It has
 * no `import()` either: a script that runs from the code cache cannot use it.
 */
export const AS_COMMON_JS = {
  ...PROGRAM,
  supported: { 'dynamic-import': false },
  plugins: [...PROGRAM.plugins, OWN_REQUIRE],
  format: 'cjs',
  external: EXTERNAL.filter((name) => name !== 'unbash'), // Has no CommonJS form.
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
};

/** Builds the programs that share code, and the library. */
export async function buildPrograms() {
  const programs = {
    main: 'lib/cli/main.ts',
    'install-hooks': 'lib/cli/install-hooks.ts',
    'handler-runner': 'lib/delivery/handlers/handler-runner.ts',
  };
  await build({
    ...PROGRAM,
    entryPoints: { ...programs, index: 'lib/index.ts' },
    outdir: 'dist',
    plugins: [REDIS_WHEN_CALLED, ...PROGRAM.plugins],
    splitting: true,
    format: 'esm',
    external: [...EXTERNAL, REDIS_BESIDE_COMMANDS],
    banner: { js: REQUIRE },
    chunkNames: 'chunks/[name]-[hash]',
  });
}
