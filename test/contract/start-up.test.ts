import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../lib/cli/command-table.ts';
import { packageVersion } from '../../lib/core/package-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';

const DIST = join(import.meta.dirname, '../../dist');
const BUILD = pathToFileURL(resolve('build/commands.mjs')).href;
const settings: {
  commandBundle: (name: string) => BuildOptions;
  WITH_WORKER: readonly string[];
  PARTS: readonly string[];
} = await import(BUILD);

/** The entry, the help, the table for completion and package.json: nothing else of the package. */
function entryAlone(): string {
  const folder = tempFolder();
  mkdirSync(`${folder}/dist`);
  for (const file of ['waymark.cjs', 'help.json', 'completion.cjs', 'completion.json'])
    cpSync(join(DIST, file), join(folder, 'dist', file));
  cpSync(join(DIST, '../package.json'), join(folder, 'package.json'));
  return join(folder, 'dist/waymark.cjs');
}

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the entry of waymark', () => {
  it.each([['--version'], ['-V'], ['--no-color', '--version']])(
    'answers %s with no other file of the package',
    (...args) => {
      const expected = { status: 0, stdout: `${packageVersion()}\n`, stderr: '' };
      expect(run(entryAlone(), ...args)).toEqual(expected);
    },
  );

  it.each([
    [['--help'], 'Usage: waymark [options] [command]'],
    [['-h'], 'Usage: waymark [options] [command]'],
    [['help'], 'Usage: waymark [options] [command]'],
    [['status', '--help'], 'Usage: waymark status'],
    [['dead', 'list', '-h'], 'Usage: waymark dead list'],
    [['help', 'worker'], 'Usage: waymark worker'],
  ])('answers %j with no other file of the package but the help', (args, begin) => {
    const { status, stdout, stderr } = run(entryAlone(), ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.slice(0, begin.length)).toBe(begin);
  });

  it('completes commands with no other file of the package but the table', () => {
    const asked = run(entryAlone(), 'completion', '--for', 'zsh', '--', 'dead', 'sh');
    expect(asked).toEqual({
      status: 0,
      stdout: 'show\tShow the content and the reason of one\n',
      stderr: '',
    });
    expect(run(entryAlone(), 'completion', 'fish').stdout).toContain('complete -c waymark');
  });

  it.each([
    ['18.20.4', 'waymark'],
    ['20.18.3', 'waymark'],
    ['20.18.3', 'install-hooks'],
  ])('says on Node %s that %s needs a later one', (version, program) => {
    const older = join(tempFolder(), 'older.cjs');
    writeFileSync(
      older,
      `Object.defineProperty(process.versions, 'node', { value: '${version}' })`,
    );
    const { status, stdout, stderr } = run(
      '--require',
      older,
      join(DIST, `${program}.cjs`),
      'status',
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(
      `Cannot run ${program}: it needs Node 20.19 or later, and this is Node ${version}.\n`,
    );
  });

  it('loads the log of the workers without what runs one, and says of it what the group would', () => {
    const alone = join(entryAlone(), '..');
    mkdirSync(join(alone, 'commands'));
    cpSync(join(DIST, 'commands/worker-log.cjs'), join(alone, 'commands/worker-log.cjs'));
    const environment = { PATH: process.env['PATH'], WAYMARK_HOME: tempFolder() };
    const log = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(alone, 'waymark.cjs'), 'worker', 'log', ...args], {
        encoding: 'utf8',
        env: environment,
      });
    expect(log().stdout).toBe('No worker has written a log yet.\n');
    expect(log('--lnes').stderr).toContain(
      "Cannot run waymark worker log: unknown option '--lnes'",
    );
  });

  it('ends with the status of the command', () => {
    expect(run(join(DIST, 'waymark.cjs'), 'statsu').status).toBe(2);
    expect(run(join(DIST, 'waymark.cjs'), 'show', '--limit').status).toBe(2);
  });

  it('says nothing when the reader of its help has gone', async () => {
    const child = spawn(process.execPath, [join(DIST, 'waymark.cjs'), '--help']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });
});

/** Commands that look into no store. */
const WITHOUT_STORE = ['config', 'log', 'webhooks', 'statusline', 'worker-log'];
const WORKER = [/^lib\/worker\//, /^installer\//];
/** It is a file of its own, read when it is called. */
const PARSER = /\/node_modules\/unbash\//;
const STORE = [/^lib\/store\/(?!store-fault\.ts$)/, /\/kysely\//];

const NAMES = [
  ...COMMANDS.map(({ name }) => name).filter((name) => !settings.WITH_WORKER.includes(name)),
  ...settings.PARTS,
];

/**
 * What each file imports, in one build that has the file of every command for an entry:
 * `command:NAME`.
 */
let imports: Metafile['inputs'] = {};
beforeAll(async () => {
  const { stdin: _, outfile: __, plugins = [], ...options } = settings.commandBundle('status');
  const entries: Plugin = {
    name: 'commands',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^command:/ }, ({ path }) => ({
        path: path.slice('command:'.length),
        namespace: 'command',
      }));
      onLoad({ filter: /./, namespace: 'command' }, ({ path }) => {
        const { contents = '', resolveDir = '' } = settings.commandBundle(path).stdin ?? {};
        return { contents, resolveDir: resolve(resolveDir), loader: 'ts' };
      });
    },
  };
  const built = await build({
    ...options,
    plugins: [entries, ...plugins],
    entryPoints: NAMES.map((name) => `command:${name}`),
    outdir: 'dist/commands',
    write: false,
    metafile: true,
  });
  imports = built.metafile.inputs;
});

/** The files that are in the file of a command: those that it starts with, and what they import. */
function inputsOf(name: string): readonly string[] {
  const found = new Set([`command:${name}`]);
  for (const file of found)
    for (const { path, external } of imports[file]?.imports ?? [])
      if (external !== true) found.add(path);
  return [...found];
}

describe('a file that Node loads', () => {
  it('is ASCII, of which V8 keeps one byte per character', () => {
    const programs = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.c?js$/.test(file) && !file.startsWith('dashboard/'),
    );
    expect(programs).toContain('commands/status.cjs');
    const isAscii = (file: string): boolean =>
      readFileSync(join(DIST, file)).every((byte) => byte < 128);
    expect(programs.filter((file) => !isAscii(file))).toEqual([]);
  });
});

describe.each(NAMES)('the file of waymark %s', (name) => {
  it('has no worker in it, no parser of shell commands, nor a store that it does not read', () => {
    const inputs = inputsOf(name);
    expect(inputs).toContain(`lib/cli/commands/${name}.ts`);
    const unwanted = [...WORKER, PARSER, ...(WITHOUT_STORE.includes(name) ? STORE : [])];
    expect(inputs.filter((file) => unwanted.some((shape) => shape.test(file)))).toEqual([]);
  });
});
