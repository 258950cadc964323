import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, numberField, parseJsonObject } from '../../core/json.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { listPatterns, type StoredPattern } from '../../query/failures.ts';
import { readSessionDetail } from '../../query/session-detail.ts';
import { queryStore } from '../../query/store-view.ts';

const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 20;

/**
 * Waits until the worker has read the answer that the model gave then. A person takes longer than
 * that to type the next prompt.
 */
export async function waitForContext(
  { views }: StateFolder,
  session: string,
  answeredAt: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (answeredAt === undefined) return;
  await until(async () => {
    const view = viewIn(`${views}/context/${session}.json`);
    return view !== undefined && (numberField(view, 'at') ?? 0) >= answeredAt ? view : undefined;
  }, signal);
}

/** Waits until the worker has read every call that hooks counted. */
export async function waitForCalls(
  folder: StateFolder,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  await until(async () => {
    const detail = await queryStore(folder, undefined, (database) =>
      readSessionDetail(database, folder, session),
    );
    return detail?.counts.counted === detail?.session.operationCount ? detail : undefined;
  }, signal);
}

/**
 * Waits until the view of where the session was is newer than `since`: a compaction takes longer.
 */
export async function waitForResumeView(
  { views }: StateFolder,
  session: string,
  since: number,
  signal: AbortSignal,
): Promise<void> {
  await until(async () => {
    const view = viewIn(`${views}/resume/${session}.json`);
    return view !== undefined && (numberField(view, 'at') ?? 0) >= since ? view : undefined;
  }, signal);
}

/**
 * Waits until hooks can know what worked in place of a failure.
 * @returns that failure; `undefined` after some seconds without one.
 */
export async function waitForLearnedFix(
  folder: StateFolder,
  signal: AbortSignal,
): Promise<StoredPattern | undefined> {
  return await until(async () => {
    const patterns = await queryStore<readonly StoredPattern[]>(folder, [], (database) =>
      listPatterns(database, { limit: 1 }),
    );
    const isTold = (statSync(needlesIn(folder), { throwIfNoEntry: false })?.size ?? 0) > 0;
    return isTold ? patterns.find(({ pattern }) => pattern.fix !== null) : undefined;
  }, signal);
}

function needlesIn({ views }: StateFolder): string {
  return `${views}/failures/needles`;
}

async function until<T>(
  look: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_AGAIN_MS) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
  return undefined;
}

function viewIn(file: string): JsonObject | undefined {
  try {
    return parseJsonObject(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // not made yet
  }
}
