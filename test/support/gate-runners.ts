import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { writeHookFiles } from '../../installer/hook-files.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { GATE_SHELLS, type GateShell } from './gate-shells.ts';
import { hookBundles } from './hook-bundles.ts';
import { finished, type HookRun } from './run-hook.ts';

/** One way to run a hook: a program and its arguments. */
export interface GateRunner {
  readonly command: string;
  readonly args: readonly string[];
}

export interface GateRun extends HookRun {
  /** Whether the writer could write all of the payload: the reader did not close its end early. */
  readonly drained: boolean;
}

/**
 * Runners by the name of their shell, and `node` for the hook without a gate. Each logs a byte to
 * `$STARTED` whenever it starts Node.
 */
export interface GateRunners {
  of(name: string): GateRunner;
  /**
   * The launcher in a shell, with a program in place of Node that notes what it is given and does
   * nothing.
   */
  beforeStandIn(name: string): GateRunner;
  /** Where the launchers were installed, and the text of this one. */
  readonly launcherFolder: string;
  readonly launcher: string;
}

/**
 * Installs the launchers once for the tests of a file, and a Node that logs its starts. @returns a
 * function for the runners of `hook`, to call in a test.
 */
export function gateRunners(hook = 'post-tool-use'): () => GateRunners {
  const bundles = hookBundles();
  let made: { readonly root: string; readonly runners: GateRunners } | undefined;
  beforeAll(() => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-gate-')));
    made = { root, runners: install(root, bundles().folder, hook) };
  });
  afterAll(() => {
    if (made !== undefined) rmSync(made.root, { recursive: true, force: true });
  });
  return () => {
    if (made === undefined) throw new Error('Cannot use the runners yet: no test runs');
    return made.runners;
  };
}

/** Runs the hook as Claude Code does, with `input` on a standard input that is a socket. */
export async function runGate(
  { command, args }: GateRunner,
  input: string,
  environment: Readonly<Record<string, string>>,
): Promise<GateRun> {
  const child = spawn(command, args, {
    env: { ...environment },
    stdio: 'pipe',
    timeout: 40_000,
    killSignal: 'SIGKILL',
  });
  const written = new Promise<boolean>((done) => {
    child.stdin.on('error', () => done(false)).on('finish', () => done(true));
  });
  child.stdin.end(input);
  return { ...(await finished(child)), drained: await written };
}

/** A launcher in another shell, or otherwise changed. */
export function launcherFile(
  folder: string,
  { name, interpreter }: GateShell,
  text: string,
): GateRunner {
  const file = join(folder, `launcher in ${name}`);
  writeFileSync(file, text.replace('#!/bin/sh', `#!${interpreter}`));
  chmodSync(file, 0o700);
  // as the installer does: the version of this Node is known
  const [, node = ''] = /^ {2}for candidate in '([^']*)'/m.exec(text) ?? [];
  writeFileSync(join(folder, 'node-found'), `${node}\n`);
  return { command: file, args: [] };
}

/** A launcher that was made for another Node. */
export function withNode(launcher: string, node: string): string {
  return launcher.replace(
    /^( {2}for candidate in )'[^']*'/m,
    (_, head: string) => `${head}'${node}'`,
  );
}

/**
 * What a stand-in for Node was given: its arguments and its input. `undefined` when it was not
 * started.
 */
export function handedOn(environment: Readonly<Record<string, string | undefined>>): unknown {
  const { STARTED: started = '' } = environment;
  if (!existsSync(`${started}.words`)) return undefined;
  const input = createHash('sha256').update(readFileSync(`${started}.input`));
  return { words: readFileSync(`${started}.words`, 'utf8'), input: input.digest('hex') };
}

function install(root: string, bundles: string, hook: string): GateRunners {
  const node = join(root, 'node');
  writeFileSync(
    node,
    `#!/bin/sh\n{ printf n >>"$STARTED"; } 2>/dev/null\nexec '${process.execPath}' "$@"\n`,
    { mode: 0o700 },
  );
  const folder = stateFolderAt(join(root, 'state'));
  const packageFolder = join(root, 'package');
  symlinkInto(packageFolder, bundles);
  writeHookFiles(packageFolder, { folder, node, platform: 'linux' });
  const launcher = readFileSync(`${folder.bin}/${hook}`, 'utf8');
  const runners = new Map(
    GATE_SHELLS.map((shell) => [shell.name, launcherFile(root, shell, launcher)]),
  );
  runners.set('node', { command: node, args: [`${bundles}/${hook}.cjs`] });
  const runnerOf = (key: string): GateRunner => {
    const runner = runners.get(key);
    if (runner === undefined) throw new Error(`Cannot run the gate in ${key}: it is not here`);
    return runner;
  };
  const standIn = join(root, 'stand-in');
  writeFileSync(
    standIn,
    `#!/bin/sh\nprintf n >>"$STARTED"\nprintf '%s\\n' "$@" >"$STARTED.words"\nexec /bin/cat >"$STARTED.input"\n`,
    { mode: 0o700 },
  );
  mkdirSync(join(root, 'before-stand-in'));
  for (const shell of GATE_SHELLS)
    runners.set(
      `${shell.name} before a stand-in`,
      launcherFile(join(root, 'before-stand-in'), shell, withNode(launcher, standIn)),
    );
  return {
    of: runnerOf,
    beforeStandIn: (name) => runnerOf(`${name} before a stand-in`),
    launcherFolder: folder.bin,
    launcher,
  };
}

/** What the installer takes for the built package. */
function symlinkInto(packageFolder: string, bundles: string): void {
  mkdirSync(`${packageFolder}/dist`, { recursive: true });
  symlinkSync(bundles, `${packageFolder}/dist/hooks`);
  symlinkSync(resolve('templates'), `${packageFolder}/templates`);
}
