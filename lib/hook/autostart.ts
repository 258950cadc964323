import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { isRunning } from '../core/is-running.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { createNew } from './throttle.ts';

export interface AutostartParts {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the running hook file. */
  readonly script: string;
  /** Path of the running Node. */
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who wants it, as the `source` of events names it: `hook/Stop`, `cli`. */
  readonly by: string;
}

/** By this the new worker knows who wanted it, and says so in an event of its own. */
export const STARTED_BY = 'WAYMARK_STARTED_BY';

/**
 * Flags of V8 for a worker; set at run time they have no effect. Without the memory reducer it sleeps through, where V8 would collect to give memory back;
 * with a small young generation it takes some 10 MB less. V8 of Node 20 spends a quarter of a worker's time on optimizing code that a day's work runs too
 * seldom to pay for it; a larger budget leaves that to long drains. Later versions do not know that flag, and have a cheaper compiler in between.
 */
export function workerFlags(nodeVersion: string): readonly string[] {
  const major = Number.parseInt(nodeVersion, 10);
  if (major > LAST_TRIED) return [];
  const flags = ['--no-memory-reducer', '--max-semi-space-size=2'];
  return major === 20 ? [...flags, '--interrupt-budget=8000000'] : flags;
}

/** Node ends at once when its V8 does not know a flag: later versions get none until they were tried. */
const LAST_TRIED = 24;

/** In this time one start is tried, by whichever hook is first, and one more for each that has ended already, up to {@link MOST_STARTS}. */
const RETRY_MS = 10_000;
const MOST_STARTS = 3;

/** A mark without a pid that is older than this was left by a hook that died between the two. */
const SPAWN_TIME_MS = 2_000;

/** What a worker needs from the environment. Keys of the model's API and everything else stay behind. */
const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|LOCALAPPDATA|USERPROFILE|XDG_\w+|WAYMARK_\w+)$/i;

/**
 * Starts a worker, detached and with all three standard streams closed, and does not wait for it: a hook that waits takes its
 * child down with it when Claude Code ends the hook. The leader lock turns two starts into one worker.
 * @returns whether this call started one.
 */
export function autostart(parts: AutostartParts): boolean {
  mkdirSync(parts.folder.wake, { recursive: true, mode: 0o700 });
  const { wake } = parts.folder;
  const name = `.start-${Math.floor(parts.now / RETRY_MS)}`;
  const mark = winStart(`${wake}/${name}`, parts.now);
  if (mark === undefined) return false;
  removeOtherMarks(wake, name);
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
    .on('error', () => undefined); // the rate limit lets a later hook try again; status shows that no worker runs
  worker.unref();
  notePid(mark, worker.pid);
  return true;
}

function notePid(mark: string, pid: number | undefined): void {
  try {
    if (pid !== undefined) writeFileSync(mark, String(pid));
  } catch {
    // a full disk: the mark counts for two seconds, which a start takes at most
  }
}

/** The mark of this start; `undefined` when another hook's worker is on its way. One that has ended without a pipe, killed or of itself, is none. */
function winStart(first: string, now: number): string | undefined {
  let mark = first;
  for (let starts = 1; starts <= MOST_STARTS; starts += 1) {
    if (createNew(mark)) return mark;
    if (isStarting(mark, now)) return undefined;
    mark = `${first}.${starts}`;
  }
  return undefined;
}

function isStarting(mark: string, now: number): boolean {
  try {
    const pid = Number(readFileSync(mark, 'utf8'));
    if (pid === 0) return Math.abs(now - statSync(mark).mtimeMs) < SPAWN_TIME_MS;
    return isRunning(pid); // should another process have its pid by now, the next ten seconds bring a start
  } catch {
    return true; // the next ten seconds have begun, and another hook removed it
  }
}

/** A worker that never starts must not fill the folder that every hook lists. */
function removeOtherMarks(wake: string, mark: string): void {
  for (const name of readdirSync(wake)) {
    if (!name.startsWith('.start-') || name === mark || name.startsWith(`${mark}.`)) continue;
    try {
      unlinkSync(`${wake}/${name}`);
    } catch {
      // another hook of this moment was first
    }
  }
}

/** Installed launchers record the package; a hook that runs from the package itself finds it beside itself. */
function workerProgram({ folder, script }: AutostartParts): string {
  try {
    return `${readFileSync(`${folder.bin}/package`, 'utf8').trim()}/dist/waymark.cjs`;
  } catch {
    return `${script.replace(/[\\/][^\\/]*$/, '')}/../waymark.cjs`;
  }
}

/** The part of the environment that a worker gets; `home` becomes its WAYMARK_HOME. */
export function workerEnvironment(
  environment: AutostartParts['environment'],
  home: string,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && KEPT.test(name)) kept[name] = value;
  return { ...kept, WAYMARK_HOME: home };
}
