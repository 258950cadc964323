import type { ImportResult } from '../../actions/import/import-transcripts.ts';
import type { FollowResult } from '../follow-import.ts';

/** What `import --json` prints. Field names are a contract. */
export interface ImportJson extends Omit<ImportResult, 'hasWorker' | 'ms'> {
  /** Rows that are new. */
  readonly operations: number;
  readonly messages: number;
  readonly failures: number;
  /** Sessions that were not read: they are known, or a setting ignores them. */
  readonly skipped: number;
  readonly seconds: number;
  /** Whether a worker learns from what was read. */
  readonly isHeard: boolean;
  /** How far archive and search are; `null` when nothing was to do. */
  readonly followUp: FollowResult['progress'] | null;
}

/** What was imported, and how far the worker is with it. */
export function formatImportAsJson(
  { hasWorker, ms, ...result }: ImportResult,
  followed: FollowResult | undefined,
): ImportJson {
  const { added, upToDate, ignored } = result;
  return {
    ...result,
    ...{ operations: added.calls, messages: added.prompts + added.answers },
    ...{ failures: added.failures, skipped: upToDate + ignored, seconds: ms / 1_000 },
    ...{ isHeard: hasWorker, followUp: followed?.progress ?? null },
  };
}
