import { mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { writeAnew } from '../core/files.ts';
import { isRunning } from '../core/is-running.ts';
import { readViewText } from '../core/read-view.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { createExclusive } from './throttle.ts';

export interface AutostartParts {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the running hook file. */
  readonly script: string;
  /** Path of the running Node. */
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who asks for it, in the form of an event's `source`: `hook/Stop`, `cli`. */
  readonly by: string;
}

/** Tells the new worker who started it, so that it can emit an event about it. */
export const STARTED_BY = 'WAYMARK_STARTED_BY';

/**
 * Flags of V8 for a worker; setting them at run time has no effect. Without the memory reducer an
 * idle worker stays asleep, where V8 would wake it to collect garbage. A small young generation
 * saves about 10 MB. The worker collects garbage itself before it rests, and a collection that
 * compacts gives the pages back. V8 of Node 20 spends a quarter of a worker's time on optimizing
 * code that runs too seldom to pay for it; a larger budget limits that to long drains. Later
 * versions do not know that flag, and have a cheaper compiler in between.
 */
export function workerFlags(nodeVersion: string): readonly string[] {
  const major = Number.parseInt(nodeVersion, 10);
  if (major > LAST_TRIED) return [];
  const flags = [
    '--no-memory-reducer',
    '--max-semi-space-size=2',
    '--expose-gc',
    '--compact-on-every-full-gc',
  ];
  return major === 20 ? [...flags, '--interrupt-budget=8000000'] : flags;
}

/**
 * Node exits at once if its V8 does not know a flag: later versions get none until they were
 * tested.
 */
const LAST_TRIED = 24;

/**
 * Within this time, the first hook tries one start. Each start that has already ended allows one
 * more, up to {@link MAX_STARTS}.
 */
const RETRY_MS = 10_000;
const MAX_STARTS = 3;

/**
 * A mark without a pid that is older than this was left by a hook that crashed between the two
 * writes.
 */
const SPAWN_TIME_MS = 2_000;

/** Variables that a worker needs. API keys and everything else are removed. */
const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|LOCALAPPDATA|USERPROFILE|XDG_\w+|WAYMARK_\w+)$/i;

/**
 * Starts a detached worker with closed standard streams and does not wait for it: when Claude Code
 * ends a hook that waits, it ends the hook's child, too. The leader lock makes a second start
 * harmless.
 * @returns whether this call started one.
 */
export function autostart(parts: AutostartParts): boolean {
  mkdirSync(parts.folder.wake, { recursive: true, mode: 0o700 });
  const { wake } = parts.folder;
  const name = `.start-${Math.floor(parts.now / RETRY_MS)}`;
  const mark = claimStart(`${wake}/${name}`, parts.now);
  if (mark === undefined) return false;
  removeStaleMarks(wake, name);
  const flags = workerFlags(process.versions.node);
  const children = process.getBuiltinModule('node:child_process');
  const worker = children
    .spawn(parts.node, [...flags, workerProgram(parts), 'worker', '--background'], {
      cwd: parts.folder.root,
      env: { ...workerEnvironment(parts.environment, parts.folder.root), [STARTED_BY]: parts.by },
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    })
    // The rate limit lets a later hook try again; status shows that no worker is running.
    .on('error', () => undefined);
  worker.unref();
  notePid(mark, worker.pid);
  return true;
}

function notePid(mark: string, pid: number | undefined): void {
  try {
    if (pid !== undefined) writeAnew(mark, String(pid));
  } catch {
    // A full disk. The mark counts for two seconds, longer than a start takes.
  }
}

/**
 * Claims a start and returns its mark; `undefined` if a worker started by another hook is on its
 * way. One that ended without a pipe, killed or by itself, does not count.
 */
function claimStart(first: string, now: number): string | undefined {
  let mark = first;
  for (let starts = 1; starts <= MAX_STARTS; starts += 1) {
    if (createExclusive(mark)) return mark;
    if (isStarting(mark, now)) return undefined;
    mark = `${first}.${starts}`;
  }
  return undefined;
}

function isStarting(mark: string, now: number): boolean {
  try {
    const pid = Number(readViewText(mark));
    if (pid === 0) return Math.abs(now - statSync(mark).mtimeMs) < SPAWN_TIME_MS;
    // If another process has this pid by now, a start follows in the next ten seconds.
    return isRunning(pid);
  } catch {
    return true; // The next ten seconds have begun, and another hook deleted the mark.
  }
}

/** Deletes old marks. A worker that never starts must not fill the folder that every hook lists. */
function removeStaleMarks(wake: string, mark: string): void {
  for (const name of readdirSync(wake)) {
    if (!name.startsWith('.start-') || name === mark || name.startsWith(`${mark}.`)) continue;
    try {
      unlinkSync(`${wake}/${name}`);
    } catch {
      // Another hook was first.
    }
  }
}

/**
 * Returns the program of the worker. Installed launchers record the package; a hook that runs from
 * the package finds it beside itself.
 */
function workerProgram({ folder, script }: AutostartParts): string {
  const installed = readViewText(`${folder.bin}/package`).trim();
  return installed === ''
    ? `${script.replace(/[\\/][^\\/]*$/, '')}/../waymark.cjs`
    : `${installed}/dist/waymark.cjs`;
}

/** Returns the part of the environment that a worker gets; `home` becomes its WAYMARK_HOME. */
export function workerEnvironment(
  environment: AutostartParts['environment'],
  home: string,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && KEPT.test(name)) kept[name] = value;
  return { ...kept, WAYMARK_HOME: home };
}
