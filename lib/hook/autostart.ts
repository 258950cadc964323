import { mkdirSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
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
 * with a small young generation it takes some 10 MB less.
 */
export function workerFlags(nodeVersion: string): readonly string[] {
  return Number.parseInt(nodeVersion, 10) <= LAST_TRIED
    ? ['--no-memory-reducer', '--max-semi-space-size=4']
    : [];
}

/** Node ends at once when its V8 does not know a flag: later versions get none until they were tried. */
const LAST_TRIED = 24;

/** At most one start is tried in this time, by whichever hook is first. */
const RETRY_MS = 10_000;

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
  const mark = `.start-${Math.floor(parts.now / RETRY_MS)}`;
  if (!createNew(`${parts.folder.wake}/${mark}`)) return false;
  removeOtherMarks(parts.folder.wake, mark);
  const flags = workerFlags(process.versions.node);
  const children = process.getBuiltinModule('node:child_process');
  children
    .spawn(parts.node, [...flags, workerProgram(parts), 'worker', '--background'], {
      cwd: parts.folder.root,
      env: { ...workerEnvironment(parts.environment, parts.folder.root), [STARTED_BY]: parts.by },
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
    })
    .on('error', () => undefined) // the rate limit lets a later hook try again; status shows that no worker runs
    .unref();
  return true;
}

/** A worker that never starts must not fill the folder that every hook lists. */
function removeOtherMarks(wake: string, mark: string): void {
  for (const name of readdirSync(wake)) {
    if (!name.startsWith('.start-') || name === mark) continue;
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
