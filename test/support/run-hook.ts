import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventEnvelope } from '../../lib/events/envelope.ts';
import { type RecoveryPlaces, stateFolderAt } from '../../lib/core/state-folder.ts';
import { queueFolder } from '../../lib/queue/queue-folder.ts';
import { PRIORITIES } from '../../lib/queue/queue-folder.ts';
import { listRecoveryPaths } from './recovery.ts';
import { tempFolder } from './temp-folder.ts';

/**
 * A throw-away machine for hook processes: a home, a state folder, a place for what the queue
 * refuses.
 */
export interface HookPlace {
  readonly root: string;
  readonly home: string;
  /** The folder that hooks write to when the queue refuses, and all that they try. */
  readonly recovery: string;
  readonly recoveries: readonly string[];
  readonly places: RecoveryPlaces;
  readonly environment: Record<string, string>;
}

export function hookPlace(): HookPlace {
  const root = tempFolder();
  for (const folder of ['home', 'runtime', 'project'])
    mkdirSync(join(root, folder), { mode: 0o700 });
  const home = join(root, 'home/state');
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(root, 'home'),
    XDG_RUNTIME_DIR: join(root, 'runtime'),
    WAYMARK_HOME: home,
    WAYMARK_AUTOSTART: '0',
  };
  const places = stateFolderAt(home, environment).recovery;
  const recoveries = listRecoveryPaths(places);
  return { root, home, recovery: recoveries[0] ?? '', recoveries, places, environment };
}

export interface HookRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a bundled hook with `input` on standard input, which is a socket as under Claude Code. */
export function runHookFile(
  file: string,
  input: string | Buffer,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<HookRun> {
  const child = startHookFile(file, environment, args);
  // a hook that does not read to the end; its output is what tests look at
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return finished(child);
}

/** Starts a bundled hook and leaves its input to the test. */
export function startHookFile(
  file: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ChildProcess {
  return spawn(process.execPath, [file, ...args], {
    env: { ...environment },
    stdio: 'pipe',
    timeout: 40_000,
    killSignal: 'SIGKILL',
  });
}

/**
 * An environment in which so many seconds pass between the first look at the clock, which sets the
 * deadlines, and the second.
 */
export function lateBy({ root }: HookPlace, seconds: number): Record<string, string> {
  const script = join(root, 'late.cjs');
  writeFileSync(
    script,
    `const real = Date.now; let looks = 0; Date.now = () => real() + (looks++ === 0 ? 0 : ${seconds * 1000});`,
  );
  return { NODE_OPTIONS: `--require ${script}` };
}

/** What a started hook printed, once it ended. */
export async function finished(child: ChildProcess): Promise<HookRun> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => (stdout += String(text)));
  child.stderr?.on('data', (text) => (stderr += String(text)));
  const status = await new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  );
  return { status, stdout, stderr };
}

/** Every event that waits in the queue of a state folder, most urgent first. */
export function queuedEvents(home: string): readonly EventEnvelope[] {
  const { pending } = queueFolder(stateFolderAt(home).queue);
  return PRIORITIES.flatMap((priority) => eventsIn(`${pending}/${priority}`));
}

/** The events in the files of a folder, by name. */
export function eventsIn(folder: string): readonly EventEnvelope[] {
  return filesIn(folder).map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')));
}

/** Names of the plain files in a folder, sorted; none when it is missing. */
export function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return []; // not made yet
  }
}

/** The lines of log/hook-errors.log. */
export function hookErrors(
  home: string,
): readonly { readonly code: string; readonly message: string }[] {
  try {
    return readFileSync(`${home}/log/hook-errors.log`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  } catch {
    return []; // no fault yet
  }
}

/** A recorded payload of the real client. */
export function recordedInput(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`test/fixtures/hook-input/${name}.json`, 'utf8'));
}
