import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HookPlace, hookPlace } from './run-hook.ts';

export const GATE_SESSION = '0a1b2c3d-4e5f-4678-9abc-def012345678';

/** A throw-away state folder with the throttle of one session in it. */
export interface GatePlace extends HookPlace {
  /** The folder of the session. */
  readonly session: string;
  /** Where starts of Node are logged. */
  readonly started: string;
}

export function gatePlace(): GatePlace {
  const place = hookPlace();
  const started = join(place.root, 'started');
  const project = join(place.root, 'project');
  const environment = {
    ...place.environment,
    STARTED: started,
    CLAUDE_CODE_SESSION_ID: GATE_SESSION,
    CLAUDE_PROJECT_DIR: project,
  };
  return { ...place, environment, session: join(place.home, 'throttle', GATE_SESSION), started };
}

/**
 * When the times of the throttle's files lie, in seconds from now; a file without one is not made.
 */
export interface ThrottleTimes {
  readonly due?: number;
  readonly since?: number;
}

/** In the midst of an interval. */
export const THROTTLED: ThrottleTimes = { due: 30, since: -30 };

/** After the end of an interval. */
export const DUE: ThrottleTimes = { due: -30, since: -90 };

/** A session that has had seven operations; `ops` is a plain file of that size. */
export function makeSession(folder: string, times: ThrottleTimes): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'ops'), '.......');
  for (const name of ['due', 'since'] as const)
    if (times[name] !== undefined) fileAt(join(folder, name), times[name]);
}

/** A file whose time is `seconds` from now. */
export function fileAt(path: string, seconds: number, text = ''): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(path, text);
  const time = Date.now() / 1000 + seconds;
  utimesSync(path, time, time);
}

/** How many bytes a plain file holds; `undefined` when it is none. */
export function bytesIn(path: string): number | undefined {
  try {
    const found = statSync(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined; // not there
  }
}
