// The entry, one file for each command that must start fast, and the help pages.
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { EXTERNAL } from './packages.mjs';
import { AS_COMMON_JS, PROGRAM, REQUIRE } from './programs.mjs';
import {
  CRON_BESIDE,
  CRON_BESIDE_COMMANDS,
  MODULES_WHEN_CALLED,
  PARSER_BESIDE_COMMANDS,
  PARSER_WHEN_CALLED,
  REDIS_BESIDE_COMMANDS,
  REDIS_WHEN_CALLED,
} from './when-called.mjs';

const LIB_CLI = 'lib/cli';

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

/** Builds `waymark.cjs`, one file for each command that must start fast, and the help pages. */
export async function buildEntry() {
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
  await buildBeside();
  const own = [...commands, 'overview', ...PARTS].filter((one) => !WITHOUT_FILE.includes(one));
  for (const name of own) await build(commandBundle(name));
}

/** Builds what commands load when they need it. */
async function buildBeside() {
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
  const described = await import(pathToFileURL(resolve(file)).href);
  rmSync(file);
  return described;
}
