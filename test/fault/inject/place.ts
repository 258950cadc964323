import { mkdirSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stateFolderAt, type StateFolder } from '../../../lib/core/state-folder.ts';
import { makeQueueFolder, queueFolder } from '../../../lib/queue/queue-folder.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import type { Row } from '../../../lib/store/database.ts';
import { openStoreForReading } from '../../../lib/store/open-store.ts';
import { schemaVersion } from '../../../lib/store/schema-version.ts';
import { namesIn } from '../../support/test-home.ts';
import { type Program, runUnharmed } from './strace.ts';

export const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));

/**
 * A throw-away machine below one folder: a home, a state folder, a runtime folder for what the
 * queue refuses, a project.
 */
export interface Place {
  readonly root: string;
  readonly project: string;
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes the folders of a {@link Place}. */
export function makePlace(root: string): Place {
  for (const name of ['home', 'runtime', 'project']) mkdirSync(`${root}/${name}`, { mode: 0o700 });
  return placeAt(root);
}

export function placeAt(root: string): Place {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: `${root}/home`,
    XDG_RUNTIME_DIR: `${root}/runtime`,
    WAYMARK_HOME: `${root}/home/state`,
    WAYMARK_AUTOSTART: '0',
    WAYMARK_RETRY_BASE: '1',
    WAYMARK_RETRY_CAP: '1',
    WAYMARK_SWEEP_AGE: '60',
  };
  return {
    root,
    project: `${root}/project`,
    folder: stateFolderAt(`${root}/home/state`, environment),
    environment,
  };
}

export function makeQueue({ folder }: Place): void {
  mkdirSync(folder.root, { mode: 0o700 });
  makeQueueFolder(queueFolder(folder.queue));
}

/** `waymark worker --once`, as the build made it. */
export function workerOnce({ project, environment }: Place): Program {
  return { args: [`${DIST}/waymark.cjs`, 'worker', '--once'], cwd: project, environment };
}

/** A hook as the build made it, and the payload that it gets. */
export function hook(
  { project, environment }: Place,
  name: string,
  payload: Readonly<Record<string, unknown>>,
): Program {
  const input = JSON.stringify({
    session_id: 's1',
    transcript_path: '/nowhere',
    cwd: project,
    ...payload,
  });
  return { args: [`${DIST}/hooks/${name}.cjs`], cwd: project, environment, input };
}

/** The call of a tool that makes a checkpoint. */
export const TOOL_CALL = {
  hook_event_name: 'PostToolUse',
  tool_name: 'Write',
  tool_use_id: 'toolu_1',
  tool_input: { file_path: 'a', content: 'x' },
  tool_response: { success: true },
} as const;

/** Lets a worker do what waits, with nothing in its way. @returns what went wrong with that. */
export async function drain(place: Place): Promise<readonly string[]> {
  const { status, stderr } = await runUnharmed(workerOnce(place));
  return status === 0 ? [] : [`the next worker ended with ${status}: ${stderr.slice(-300)}`];
}

/**
 * Lets an hour pass for what the dead left: drafts in tmp/, the marks of those who won an interval,
 * pipes that were never shown.
 */
export function letTimePass({ folder }: Place): void {
  const tmp = queueFolder(folder.queue).tmp;
  const marks = namesIn(folder.throttle).flatMap((session) =>
    namesIn(`${folder.throttle}/${session}`).map((file) => `${folder.throttle}/${session}/${file}`),
  );
  const longAgo = Date.now() / 1000 - 3_600;
  const hidden = namesIn(folder.wake).filter((name) => name.startsWith('.'));
  const old = [
    ...namesIn(tmp).map((file) => `${tmp}/${file}`),
    ...marks.filter((path) => path.includes('/won-')),
    ...hidden.map((name) => `${folder.wake}/${name}`),
  ];
  for (const path of old) utimesSync(path, longAgo, longAgo);
}

/** Rows of the place's store; none without one. */
export function rowsOf({ folder }: Place, sql: string): readonly Row[] {
  const store = openStoreForReading(folder.store, sqliteDriver());
  if (store === undefined) return [];
  try {
    return schemaVersion(store) === 0 ? [] : store.prepare(sql).all();
  } finally {
    store.close();
  }
}
