import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { PRIORITIES, type QueueFolder } from '../../queue/queue-folder.ts';
import { forgetRuns } from '../../features/failure/forget-runs.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { Database } from '../../store/database.ts';

/** Our own logs are turned over at this size; one old copy of each is kept. Those of events have their own care. */
const LOG_CAP_BYTES = 5 * 1024 * 1024;

/** A folder that once held a large backlog stays slow to list until it is made anew. */
const LARGE_FOLDER_BYTES = 1024 * 1024;

/** Of the context watch. */
const CONTEXT_TABLES = ['context_windows', 'context_crossings', 'result_sizes', 'file_activity'];

/** Events that may go: older than ?1, and written to logs and archive; a replay keeps the time of its original, so it stays until it is old itself. */
const EXPIRED =
  "at < ?1 AND seq <= ?2 AND (stored_at < ?1 OR json_extract(envelope, '$.metadata.replay_of') IS NULL)";

/**
 * Takes away what is older than `keepMs`; ids of removed events stay as tombstones, so that nothing comes back as new.
 * @param written The `seq` of the last event that logs and archive have: later ones stay.
 */
export function cleanUp(
  folder: StateFolder,
  queue: QueueFolder,
  database: Database,
  keepMs: number,
  now: number,
  written = Number.MAX_SAFE_INTEGER,
): void {
  expire(database, now - keepMs, now, Math.min(written, Number.MAX_SAFE_INTEGER));
  for (const session of namesIn(folder.throttle)) {
    const path = `${folder.throttle}/${session}`;
    if (now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > keepMs)
      rmSync(path, { recursive: true, force: true });
  }
  for (const place of ['resume', 'resume/by-project', 'context'])
    removeOld(`${folder.views}/${place}`, now - keepMs);
  for (const file of namesIn(folder.log)) turnOver(`${folder.log}/${file}`);
  for (const priority of PRIORITIES) renewLargeFolder(`${queue.pending}/${priority}`);
}

function expire(database: Database, before: number, now: number, written: number): void {
  inTransaction(database, () => {
    database
      .prepare(
        `INSERT INTO tombstones (id, fate, at) SELECT id, 'expired', ?3 FROM events WHERE ${EXPIRED} ON CONFLICT DO NOTHING`,
      )
      .run(before, written, now);
    database
      .prepare(`DELETE FROM refreshes WHERE key IN (SELECT id FROM events WHERE ${EXPIRED})`)
      .run(before, written);
    database.prepare(`DELETE FROM events WHERE ${EXPIRED}`).run(before, written);
    for (const table of [
      'checkpoints',
      'failures',
      'session_log',
      'routings',
      'agent_runs',
      'context_samples',
      'metrics',
      ...CONTEXT_TABLES,
    ]) {
      database.prepare(`DELETE FROM ${table} WHERE at < ?`).run(before);
    }
    database.prepare('DELETE FROM operations WHERE coalesce(at, ended_at) < ?').run(before);
    forgetRuns(database, before, now);
    database.prepare('DELETE FROM sessions WHERE last_event_at < ?').run(before);
    for (const table of [
      'agents',
      'tasks',
      'transcripts',
      'todo_lists',
      'task_states',
      'call_notes',
      'unjudged',
    ]) {
      database
        .prepare(`DELETE FROM ${table} WHERE session_id NOT IN (SELECT id FROM sessions)`)
        .run();
    }
  });
}

/** Views of sessions that the store has forgotten. */
function removeOld(place: string, before: number): void {
  for (const file of namesIn(place)) {
    const found = statSync(`${place}/${file}`, { throwIfNoEntry: false });
    if (found?.isFile() && found.mtimeMs < before) rmSync(`${place}/${file}`, { force: true });
  }
}

function turnOver(file: string): void {
  if (
    !file.endsWith('.log') ||
    (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < LOG_CAP_BYTES
  )
    return;
  renameSync(file, `${file}.1`);
}

/** `rmdir` succeeds only while the folder is empty; a hook that meets the gap makes the folder itself. */
function renewLargeFolder(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < LARGE_FOLDER_BYTES) return;
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'ENOENT') throw error;
    return;
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not made yet
  }
}
