import { setTimeout as sleep } from 'node:timers/promises';
import { isoTime } from '../core/clock.ts';
import { WaymarkError } from '../core/errors.ts';
import { runAllSlices } from '../core/sliced.ts';
import {
  isJsonObject,
  numberField,
  objectField,
  parseJsonObject,
  stringField,
} from '../core/json.ts';
import type { Config } from '../config/resolve.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { writtenUpTo } from '../journal/table.ts';
import { surveyCleanUp } from '../retention/clean-up.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { bytesByKind } from './disk-use.ts';
import { queryStore, withStoreView } from './store-view.ts';

/** One kind of data, as `clean --dry-run --json` shows it. Field names are a contract. */
export interface KindToClean {
  readonly kind: string;
  /** Bytes of its content now. */
  readonly bytes: number;
  /** Most bytes that it may have: its own limit, else the budget of the whole. */
  readonly budget: number;
  readonly wouldFree: number;
  /** Rows or files that would go, and the time of the oldest of them. */
  readonly count: number;
  readonly oldest: string | null;
}

export interface CleanPlan {
  readonly kinds: readonly KindToClean[];
  /** Why the rows of the store are left out; absent when they are not. */
  readonly problem?: string;
}

export interface CleanPlanParts {
  readonly folder: StateFolder;
  readonly config: Config;
  readonly clock: () => number;
}

/**
 * What a clean-up would delete now, kind by kind. Changes nothing. While the store cannot be read,
 * files alone.
 */
export async function readCleanPlan({ folder, config, clock }: CleanPlanParts): Promise<CleanPlan> {
  return withStoreView(folder, ({ database, message }) => {
    const written = database === undefined ? 0 : writtenUpTo(database, config);
    const parts = { folder, database, settings: config, now: clock(), written };
    const { plan, sizes } = runAllSlices(surveyCleanUp(parts));
    const plans = new Map(
      [...plan.rows, ...plan.files].map((one) => [one.kind, runAllSlices(one.measure())]),
    );
    const kinds = [...sizes].map(([kind, { bytes }]): KindToClean => {
      const goes = plans.get(kind);
      return {
        kind,
        bytes,
        budget: budgetOf(kind, config),
        wouldFree: goes?.bytes ?? 0,
        count: goes?.count ?? 0,
        oldest: goes === undefined || goes.oldest === null ? null : isoTime(goes.oldest),
      };
    });
    return { kinds, ...(message === undefined ? {} : { problem: message }) };
  });
}

/** What one kind of files takes. */
export type DiskKind = Pick<KindToClean, 'kind' | 'bytes' | 'budget'>;

/** Kinds of files in the state folder with their sizes, the largest first, without empty ones. */
export function readDiskKinds(folder: StateFolder, config: Config): readonly DiskKind[] {
  return [...bytesByKind(folder)]
    .filter(([, bytes]) => bytes > 0)
    .map(([kind, bytes]) => ({ kind, bytes, budget: budgetOf(kind, config) }))
    .toSorted((one, other) => other.bytes - one.bytes);
}

function budgetOf(kind: string, config: Config): number {
  const own: Readonly<Record<string, number>> = {
    'log/events': config.eventLogBudget,
    'archive/events': config.archiveBudget,
    'archive/transcripts': config.transcriptsBudget,
    snapshots: config.snapshotsBudget,
  };
  return Math.min(own[kind] ?? config.diskBudget, config.diskBudget);
}

/** What went of one kind in a clean-up: rows or files, and bytes of their content. */
export interface CleanedKind {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
}

const LOOK_AGAIN_MS = 20;

/**
 * Waits for the clean-up that an event asked for. @returns what went; `undefined` when there is no
 * answer within `patienceMs`.
 */
export async function waitForCleanUp(
  folder: StateFolder,
  event: string,
  patienceMs: number,
): Promise<readonly CleanedKind[] | undefined> {
  for (let waited = 0; waited < patienceMs; waited += LOOK_AGAIN_MS) {
    const kinds = await answerTo(folder, event);
    if (kinds !== undefined) return kinds;
    await sleep(LOOK_AGAIN_MS);
  }
  return undefined;
}

async function answerTo(
  folder: StateFolder,
  event: string,
): Promise<readonly CleanedKind[] | undefined> {
  const query = queryBuilder()
    .selectFrom('events')
    .select('envelope')
    .where('cause', '=', event)
    .where('type', '=', 'system.cleanup_completed');
  try {
    const rows = await queryStore(folder, [], (database) => runQuery(database, query));
    return rows[0] === undefined ? undefined : kindsIn(String(rows[0]['envelope']));
  } catch (error) {
    if (error instanceof WaymarkError) return undefined; // locked for a moment, or being made
    throw error;
  }
}

function kindsIn(envelope: string): readonly CleanedKind[] {
  const { kinds } = objectField(parseJsonObject(envelope) ?? {}, 'payload');
  return (Array.isArray(kinds) ? kinds : []).filter(isJsonObject).map((one) => ({
    kind: stringField(one, 'kind') ?? '',
    count: numberField(one, 'count') ?? 0,
    bytes: numberField(one, 'bytes') ?? 0,
  }));
}
