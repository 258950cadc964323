// Builds dist/: one CommonJS file per hook (node:fs inside, nothing else), ES modules for the rest.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const packageJson = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Finding a package and each of its files costs a command some 10 ms. */
const BUNDLED = ['commander', 'valibot'];

/** Bundled CommonJS packages ask for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE =
  "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);";

/** Errors that a hook can report. A test compares them with what the files of the bundles name. */
export const HOOK_CODES = [
  'CONFIG_INVALID',
  'ENTRY_TOO_LARGE',
  'HOME_UNUSABLE',
  'HOOK_FAILED',
  'HOOK_INPUT_INVALID',
  'QUEUE_FULL',
  'QUEUE_WRITE_FAILED',
];

/** Leaves the other errors and their remedies out of hooks: each start would read them. */
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

/** How a hook is bundled; the tests bundle with the same. */
export const HOOK_BUNDLE = {
  plugins: [HOOK_ERRORS],
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  charset: 'ascii', // V8 reads one byte a character then; 0.7 ms less of each hook
  logLevel: 'warning',
};

/** Packages that are installed beside ours. The others become part of it: the worker would else load all of what it needs a part of. */
const EXTERNAL = Object.keys(packageJson.dependencies).filter((name) => !BUNDLED.includes(name));

/** One file per hook in `hooks/`. */
export const HOOK_FILES = readdirSync(new URL('hooks', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `hooks/${name}`);

const KYSELY = dirname(fileURLToPath(import.meta.resolve('kysely')));

/**
 * What lib/ imports of kysely, and the file that has it. From its index, a module that is imported
 * when it is needed would get everything, as the bundler cannot tell what that uses.
 */
const USED_OF_KYSELY = [
  ['DefaultQueryExecutor', 'query-executor/default-query-executor'],
  ['QueryCreator', 'query-creator'],
  ['SqliteAdapter', 'dialect/sqlite/sqlite-adapter'],
  ['SqliteQueryCompiler', 'dialect/sqlite/sqlite-query-compiler'],
  ['sql', 'raw-builder/sql'],
];

/** What the files of kysely that are left out would export to those that stay. */
const UNUSED_OF_KYSELY = [
  'DeleteQueryBuilder',
  'InsertQueryBuilder',
  'MergeQueryBuilder',
  'UpdateQueryBuilder',
  'WithSchemaPlugin',
].map((name) => `${name} = undefined`);

/**
 * Leaves out what packages load and this program never uses: commander can run commands that are
 * programs of their own (`child_process` takes 5 ms to load), kysely can
 * put queries into a schema, and write (lib/query only reads).
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

/** Shortens local names in packages: Node reads every byte at each start. Our own keep theirs, for stack traces. */
const SHORT_PACKAGES = {
  name: 'short-packages',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/(?:commander|kysely|valibot)\/.*\.m?js$/ }, async (file) => {
      const { code } = await transform(await readFile(file.path, 'utf8'), { minify: true });
      return { contents: code };
    });
  },
};

/** In a CommonJS file `require` is there already. */
const OWN_REQUIRE = {
  name: 'own-require',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/core\/package-loader\.ts$/ }, () => ({
      contents: 'export const packageLoader = () => require;',
    }));
  },
};

/**
 * Gives commands the parser of shell commands from a file of its own, when it is called first: it is
 * a third of the code of those that only might need it.
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

/** As a command in `dist/commands/` finds it, and as it is built. */
const PARSER_BESIDE_COMMANDS = '../unbash.cjs';

const LIB_CLI = 'lib/cli';

/** What all programs are built with. */
const PROGRAM = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true, // a worker keeps its source text in memory
  minifySyntax: true,
  legalComments: 'none',
  plugins: [WITHOUT_UNUSED, SHORT_PACKAGES],
  logLevel: 'warning',
};

/** A file that Node loads by `require` costs no loader of ES modules, some 6 ms. */
const AS_COMMON_JS = {
  ...PROGRAM,
  plugins: [...PROGRAM.plugins, OWN_REQUIRE],
  format: 'cjs',
  external: EXTERNAL.filter((name) => name !== 'unbash'), // has no CommonJS form
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
};

/** Commands that have a worker or the installer in them are loaded from the shared files: they take their time anyway. */
export const WITH_WORKER = [
  'demo',
  'dispatch',
  'doctor',
  'install',
  'service',
  'uninstall',
  'worker',
];

/** How the file of one command is built: the command line with no other command in it. The tests build with the same. */
export function commandBundle(name) {
  const add = `add${name[0].toUpperCase()}${name.slice(1)}`;
  const contents = `
    import { runProcess } from './run-process.ts';
    import { ${add} } from './commands/${name}.ts';
    void runProcess(async () => ${add});`;
  return {
    ...AS_COMMON_JS,
    plugins: [PARSER_WHEN_CALLED, ...AS_COMMON_JS.plugins],
    external: [...AS_COMMON_JS.external, PARSER_BESIDE_COMMANDS],
    stdin: { contents, resolveDir: LIB_CLI, loader: 'ts' },
    outfile: `dist/commands/${name}.cjs`,
  };
}

/** What answers a shell that completes an id. */
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
  const programs = {
    main: 'lib/cli/main.ts',
    'install-hooks': 'lib/cli/install-hooks.ts',
    'handler-runner': 'lib/delivery/handlers/handler-runner.ts',
  };
  await build({
    ...PROGRAM,
    entryPoints: { ...programs, index: 'lib/index.ts' },
    outdir: 'dist',
    splitting: true,
    format: 'esm',
    external: EXTERNAL,
    banner: { js: REQUIRE },
    chunkNames: 'chunks/[name]-[hash]',
  });
  await buildEntry();
  noteBuild();
  declareTypes();
}

/** Builds `waymark.cjs`, a file for each command that is to start at once, and the pages of help. */
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
    target: 'node10', // an older Node is to say that it is too old, not that it cannot read this
    supported: { 'dynamic-import': true },
  });
  for (const name of ['waymark', 'install-hooks']) chmodSync(`dist/${name}.cjs`, 0o755);
  const { commands, pages, completion } = await describeCommands();
  writeFileSync('dist/help.json', JSON.stringify(pages));
  writeFileSync('dist/completion.json', JSON.stringify(completion));
  await build(COMPLETION_BUNDLE);
  await build({ ...AS_COMMON_JS, entryPoints: ['unbash'], outfile: 'dist/unbash.cjs' });
  for (const name of [...commands, 'overview'].filter((one) => !WITH_WORKER.includes(one)))
    await build(commandBundle(name));
}

/** The names of all commands, their help, and what completes them. */
async function describeCommands() {
  const file = 'dist/describe.mjs';
  const contents = `
    import { COMMANDS } from './command-table.ts';
    import { describedProgram, helpPages } from './help-pages.ts';
    import { loadCommand } from './load-command.ts';
    import { describeCompletion } from './completion/describe-completion.ts';
    export const commands = COMMANDS.map(({ name }) => name);
    const program = await describedProgram(loadCommand);
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
