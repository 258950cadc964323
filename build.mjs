// Builds dist/: one CommonJS file per hook (only node:fs), ES modules for the rest.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const packageJson = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Bundled packages: finding a package and its files costs a command about 10 ms. */
const BUNDLED = ['commander', 'valibot'];

/**
 * Bundled CommonJS packages load Node's own modules with `require`, which ES modules do not have.
 */
const REQUIRE =
  "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);";

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
    resolveDir: import.meta.dirname,
    loader: 'ts',
  },
};

/**
 * Packages that are installed beside ours. The others are bundled, because the worker would load
 * all of a package that it needs only a part of.
 */
const EXTERNAL = Object.keys(packageJson.dependencies).filter((name) => !BUNDLED.includes(name));

/** One bundle per file in `hooks/`. */
export const HOOK_FILES = readdirSync(new URL('hooks', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `hooks/${name}`);

const KYSELY = dirname(fileURLToPath(import.meta.resolve('kysely')));

/**
 * What lib/ imports from kysely, and the file that exports it. Importing its index would load
 * everything, because the bundler cannot tell which parts are used.
 */
const USED_OF_KYSELY = [
  ['DefaultQueryExecutor', 'query-executor/default-query-executor'],
  ['QueryCreator', 'query-creator'],
  ['SqliteAdapter', 'dialect/sqlite/sqlite-adapter'],
  ['SqliteQueryCompiler', 'dialect/sqlite/sqlite-query-compiler'],
  ['sql', 'raw-builder/sql'],
];

/** Exports of the left-out kysely files that the remaining files import. */
const UNUSED_OF_KYSELY = [
  'DeleteQueryBuilder',
  'InsertQueryBuilder',
  'MergeQueryBuilder',
  'UpdateQueryBuilder',
  'WithSchemaPlugin',
].map((name) => `${name} = undefined`);

/**
 * Leaves out parts of packages that this program never uses: commander can run subcommands as
 * programs (`child_process` takes 5 ms to load), kysely can write and add schemas (lib/query only
 * reads).
 */
const WITHOUT_UNUSED = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    const leaveOut = (path) => ({ path, namespace: 'unused' });
    onResolve({ filter: /^kysely$/ }, () => ({
      path: 'kysely',
      namespace: 'used',
      sideEffects: false,
    }));
    onLoad({ filter: /./, namespace: 'used' }, () => ({
      contents: USED_OF_KYSELY.map(
        ([name, file]) => `export { ${name} } from './${file}.js';`,
      ).join('\n'),
      resolveDir: KYSELY,
    }));
    onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      importer.includes('/node_modules/commander/') ? leaveOut(path) : undefined,
    );
    onResolve(
      { filter: /\/(?:with-schema-plugin|(?:delete|insert|merge|update)-query-builder)\.js$/ },
      ({ importer, path }) =>
        importer.includes('/node_modules/kysely/') ? leaveOut(path) : undefined,
    );
    onLoad({ filter: /./, namespace: 'unused' }, () => ({
      contents: `export const ${UNUSED_OF_KYSELY.join(', ')};`,
    }));
  },
};

/**
 * Shortens local names in packages, because Node reads every byte at each start. Our own code keeps
 * its names for stack traces.
 */
const SHORT_PACKAGES = {
  name: 'short-packages',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/(?:commander|kysely|valibot)\/.*\.m?js$/ }, async (file) => {
      const { code } = await transform(await readFile(file.path, 'utf8'), { minify: true });
      return { contents: code };
    });
  },
};

/**
 * Loads the package for character widths at its first call: its patterns take a millisecond to
 * parse, and most texts need only one column per letter.
 */
const WIDTHS_WHEN_CALLED = {
  name: 'widths-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^fast-string-truncated-width$/ }, ({ kind, path }) =>
      kind === 'require-call' ? undefined : { path, namespace: 'widths' },
    );
    onLoad({ filter: /./, namespace: 'widths' }, ({ path }) => ({
      contents: `export default (...given) => require('${path}').default(...given);`,
      resolveDir: import.meta.dirname,
    }));
  },
};

/** A CommonJS file already has `require`. */
const OWN_REQUIRE = {
  name: 'own-require',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/core\/package-loader\.ts$/ }, () => ({
      contents: 'export const packageLoader = () => require;',
    }));
  },
};

/**
 * Loads the parser of shell commands from its own file at the first call: it is a third of the code
 * of commands that rarely need it.
 */
const PARSER_WHEN_CALLED = {
  name: 'parser-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^unbash$/ }, () => ({ path: 'unbash', namespace: 'when-called' }));
    onLoad({ filter: /./, namespace: 'when-called' }, () => ({
      contents: ['parse', 'forEachChild']
        .map(
          (name) =>
            `export const ${name} = (...given) => require('${PARSER_BESIDE_COMMANDS}').${name}(...given);`,
        )
        .join('\n'),
    }));
  },
};

/**
 * Loads these modules at the first call of one of their functions: `crypto` with `zlib` takes 4 ms
 * of CPU, `jsonc-parser` 5, and most commands only have code in them that could need it.
 */
const MODULES_WHEN_CALLED = {
  name: 'modules-when-called',
  setup({ onResolve, onLoad }) {
    const filter =
      /^(?:node:(?:child_process|crypto|fs\/promises|os|timers\/promises|zlib)|jsonc-parser)$/;
    onResolve({ filter }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'module-when-called' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'module-when-called' }, ({ path }) => ({
      contents: Object.entries(createRequire(import.meta.url)(path))
        .filter(([name, value]) => name !== 'default' && typeof value === 'function')
        .map(
          ([name]) => `export const ${name} = (...given) => require('${path}').${name}(...given);`,
        )
        .join('\n'),
    }));
  },
};

/** Loads the reader of crontab lines from beside the command: finding a package takes 2 ms. */
const CRON_BESIDE = {
  name: 'cron-beside',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/core\/package-loader\.ts$/ }, () => ({
      contents: `
        const load = (id) => id === 'croner' ? require('${CRON_BESIDE_COMMANDS}') : require(id);
        export const packageLoader = () => load;`,
      loader: 'ts',
    }));
  },
};

/** Its path as seen from a command. */
const CRON_BESIDE_COMMANDS = '../croner.cjs';

/** Loads the Redis client from its own file: only those who join a team by Redis need it. */
const REDIS_WHEN_CALLED = {
  name: 'redis-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@redis\/client$/ }, ({ path }) => ({ path, namespace: 'redis' }));
    onLoad({ filter: /./, namespace: 'redis' }, () => ({
      contents: `const redis = require('${REDIS_BESIDE_COMMANDS}');
export const { createClient, RESP_TYPES } = redis;`,
    }));
  },
};

/** Its path as seen from a command or a chunk. */
const REDIS_BESIDE_COMMANDS = '../redis-client.cjs';

/** Its path as seen from a command in `dist/commands/`, and how it is built. */
const PARSER_BESIDE_COMMANDS = '../unbash.cjs';

const LIB_CLI = 'lib/cli';

const PAGE = 'lib/dashboard/page';

/** Options of all programs. */
const PROGRAM = {
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
const AS_COMMON_JS = {
  ...PROGRAM,
  supported: { 'dynamic-import': false },
  plugins: [...PROGRAM.plugins, OWN_REQUIRE],
  format: 'cjs',
  external: EXTERNAL.filter((name) => name !== 'unbash'), // Has no CommonJS form.
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
};

/** Commands that include a worker or the installer. */
export const WITH_WORKER = [
  'demo',
  'dispatch',
  'doctor',
  'install',
  'service',
  'uninstall',
  'worker',
];

/**
 * Of these, the ones that load the shared files: they ask a person, which takes ES modules, or
 * take seconds.
 */
const WITHOUT_FILE = ['demo', 'doctor', 'install', 'uninstall'];

/**
 * Subcommands with a file of their own, because the file of their group includes the worker:
 * `worker-log` is `worker log`.
 */
export const PARTS = ['worker-log'];

/**
 * Returns the build options of one command: the command line with that command only. The tests
 * build with the same options.
 */
export function commandBundle(name) {
  const words = name.split('-').map((word) => `${word[0].toUpperCase()}${word.slice(1)}`);
  const add = `add${words.join('')}`;
  const contents = `
    import { runProcess } from './run-process.ts';
    import { ${add} } from './commands/${name}.ts';
    void runProcess(async () => ${add});`;
  return {
    ...AS_COMMON_JS,
    plugins: [
      PARSER_WHEN_CALLED,
      REDIS_WHEN_CALLED,
      MODULES_WHEN_CALLED,
      CRON_BESIDE,
      ...AS_COMMON_JS.plugins,
    ],
    external: [
      ...AS_COMMON_JS.external,
      PARSER_BESIDE_COMMANDS,
      REDIS_BESIDE_COMMANDS,
      CRON_BESIDE_COMMANDS,
    ],
    stdin: { contents, resolveDir: LIB_CLI, loader: 'ts' },
    outfile: `dist/commands/${name}.cjs`,
  };
}

/** The program that answers the shell when it completes an id. */
const COMPLETION_BUNDLE = {
  ...AS_COMMON_JS,
  stdin: {
    contents: "import { answerProcess } from './completion/answer.ts'; void answerProcess();",
    resolveDir: LIB_CLI,
    loader: 'ts',
  },
  outfile: 'dist/completion-recorded.cjs',
};

if (realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  rmSync('dist', { recursive: true, force: true });
  await build({ ...HOOK_BUNDLE, entryPoints: HOOK_FILES, outdir: 'dist/hooks' });
  await build({ ...RULES_BUNDLE, outfile: `dist/hooks/${RULES_BESIDE_HOOKS}` });
  await build({
    ...HOOK_BUNDLE,
    plugins: [OWN_REQUIRE],
    define: AS_COMMON_JS.define,
    entryPoints: ['lib/code-cache/start-hook.ts', 'lib/code-cache/run-script.ts'],
    outdir: 'dist',
  });
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
  await buildEntry();
  escapePatterns();
  await buildPage();
  noteBuild();
  declareTypes();
}

/** Builds `waymark.cjs`, one file for each command that must start fast, and the help pages. */
async function buildEntry() {
  await build({
    ...AS_COMMON_JS,
    entryPoints: {
      waymark: 'lib/cli/entry.ts',
      completion: 'lib/cli/completion/entry.ts',
      'install-hooks': 'lib/cli/install-entry.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    target: 'node10', // An older Node must report that it is too old, not a syntax error.
    supported: { 'dynamic-import': true },
  });
  for (const name of ['waymark', 'install-hooks']) chmodSync(`dist/${name}.cjs`, 0o755);
  const { commands, pages, completion } = await describeCommands();
  writeFileSync('dist/help.json', JSON.stringify(pages));
  writeFileSync('dist/completion.json', JSON.stringify(completion));
  await build(COMPLETION_BUNDLE);
  for (const name of ['unbash', 'croner'])
    await build({
      ...AS_COMMON_JS,
      external: EXTERNAL.filter((one) => one !== name),
      entryPoints: [name],
      outfile: `dist/${name}.cjs`,
    });
  await build({
    ...AS_COMMON_JS,
    stdin: {
      contents: "export { createClient, RESP_TYPES } from '@redis/client';",
      resolveDir: '.',
    },
    minify: true,
    outfile: 'dist/redis-client.cjs',
  });
  const own = [...commands, 'overview', ...PARTS].filter((one) => !WITHOUT_FILE.includes(one));
  for (const name of own) await build(commandBundle(name));
}

/**
 * The page of the dashboard: one HTML file, and what it loads under names that change with it, the
 * large ones also compressed. Browsers take other forms than gzip from secure servers alone.
 */
async function buildPage() {
  const folder = 'dist/dashboard';
  const { outputs } = (
    await build({
      entryPoints: [
        { in: `${PAGE}/main.tsx`, out: 'page' },
        { in: `${PAGE}/style.css`, out: 'page' },
        { in: `${PAGE}/icon.svg`, out: 'icon' },
      ],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      charset: 'utf8',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.svg': 'copy' },
      entryNames: '[name]-[hash]',
      outdir: folder,
      metafile: true,
      legalComments: 'none',
      logLevel: 'warning',
    })
  ).metafile;
  let html = readFileSync(`${PAGE}/index.html`, 'utf8').replace(/\n\s*/g, '');
  for (const path of Object.keys(outputs)) {
    const name = path.slice(folder.length + 1);
    html = html.replace(`/assets/${name.replace(/-[^.]+/, '')}`, `/assets/${name}`);
    const bytes = readFileSync(path);
    if (bytes.length > 1_000) writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
  writeFileSync(`${folder}/index.html`, html);
}

/**
 * Escapes the letters in patterns that are not ASCII, which esbuild leaves. One of them makes V8
 * keep a whole file with two bytes per character.
 */
function escapePatterns() {
  for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !['.cjs', '.js'].includes(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8');
    const escaped = text.replace(/(\\*)([^\0-\x7f])/g, (_whole, slashes, unit) => {
      if (slashes.length % 2 > 0) throw new Error(`Cannot escape \\${unit} in ${path}`);
      return `${slashes}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
    if (escaped !== text) writeFileSync(path, escaped);
  }
}

/** Writes the names of all commands, their help, and their completions. */
async function describeCommands() {
  const file = 'dist/describe.mjs';
  const contents = `
    import { COMMANDS } from './command-table.ts';
    import { createDescribedProgram, helpPages } from './help-pages.ts';
    import { loadCommand } from './load-command.ts';
    import { describeCompletion } from './completion/describe-completion.ts';
    export const commands = COMMANDS.map(({ name }) => name);
    const program = await createDescribedProgram(loadCommand);
    export const pages = helpPages(program);
    export const completion = describeCompletion(program, 'docs');`;
  await build({
    ...PROGRAM,
    stdin: { contents, resolveDir: LIB_CLI, loader: 'ts' },
    outfile: file,
    format: 'esm',
    external: EXTERNAL,
    banner: { js: REQUIRE },
  });
  const described = await import(new URL(file, import.meta.url).href);
  rmSync(file);
  return described;
}

/**
 * Writes the build id: a hash of the output, so that the same sources give the same id. What is
 * compressed depends on the Node that compressed it, and is left out.
 */
function noteBuild() {
  const hash = createHash('sha256');
  const files = readdirSync('dist', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.gz'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  writeFileSync(
    'dist/build.json',
    `${JSON.stringify({ build: hash.digest('hex').slice(0, 12) })}\n`,
  );
}

/**
 * Writes the types of `import … from 'waymark'`: one declaration file for each source file that
 * lib/index.ts reaches.
 */
function declareTypes() {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const { bin } = JSON.parse(readFileSync(compiler, 'utf8'));
  execFileSync(process.execPath, [join(compiler, '..', bin.tsc), '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
  writeFileSync('dist/index.d.ts', "export * from './types/index.ts';\n");
}
