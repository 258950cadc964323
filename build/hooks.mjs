// How hooks are built: one CommonJS file each, with node:fs alone.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { OWN_REQUIRE } from './when-called.mjs';

/** Errors that a hook can report. A test compares them with the bundled sources. */
export const HOOK_CODES = [
  'CONFIG_INVALID',
  'ENTRY_TOO_LARGE',
  'HOME_UNUSABLE',
  'HOOK_FAILED',
  'HOOK_INPUT_INVALID',
  'QUEUE_FULL',
  'QUEUE_WRITE_FAILED',
];

/** Leaves the other errors and their remedies out of hooks, which would read them at each start. */
const HOOK_ERRORS = {
  name: 'hook-errors',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/core\/errors\.ts$/ }, async (file) => {
      const text = await readFile(file.path, 'utf8');
      const row = /^ {2}([A-Z][A-Z0-9_]+): \{(?: .*\}|\n(?: {4}.*\n)+ {2}\}),\n/gm;
      const kept = (whole, code) => (HOOK_CODES.includes(code) ? whole : '');
      return { contents: text.replace(row, kept), loader: 'ts' };
    });
  },
};

/** The rules for secrets, beside the hooks that load them. */
export const RULES_BESIDE_HOOKS = 'secrets.cjs';

/**
 * Loads the rules for secrets when a text may hold one: they are half of a hook. Without the file
 * such a text is redacted as a whole.
 */
const RULES_WHEN_NEEDED = {
  name: 'rules-when-needed',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/secrets\/redact\.ts$/ }, () => ({
      contents: `
        import { mayHoldSecret } from './may-hold-secret.ts';
        export function redactTokens(text) {
          if (!mayHoldSecret(text)) return text;
          try {
            return require('./${RULES_BESIDE_HOOKS}').redactTokens(text);
          } catch {
            return '[redacted]';
          }
        }`,
      loader: 'ts',
    }));
  },
};

/** How a hook is bundled. The tests bundle with the same options. */
export const HOOK_BUNDLE = {
  plugins: [HOOK_ERRORS, RULES_WHEN_NEEDED],
  external: [`./${RULES_BESIDE_HOOKS}`],
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  charset: 'ascii', // V8 then reads one byte per character: saves 0.7 ms per hook.
  logLevel: 'warning',
};

/** How the rules for secrets are bundled. */
export const RULES_BUNDLE = {
  ...HOOK_BUNDLE,
  plugins: [],
  stdin: {
    contents: "export { redactTokens } from './lib/secrets/redact.ts';",
    resolveDir: join(import.meta.dirname, '..'),
    loader: 'ts',
  },
};

/** One bundle per file in `hooks/`. */
export const HOOK_FILES = readdirSync(new URL('../hooks', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `hooks/${name}`);

/** Builds the hooks, and the programs that start them with the code of earlier starts. */
export async function buildHooks() {
  await build({ ...HOOK_BUNDLE, entryPoints: HOOK_FILES, outdir: 'dist/hooks' });
  await build({ ...RULES_BUNDLE, outfile: `dist/hooks/${RULES_BESIDE_HOOKS}` });
  await build({
    ...HOOK_BUNDLE,
    plugins: [OWN_REQUIRE],
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    entryPoints: ['lib/code-cache/start-hook.ts', 'lib/code-cache/run-script.ts'],
    outdir: 'dist',
  });
}
