import { parseJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';

/** A message of a hook to Claude, as `show --json` lists it. Field names are a contract. */
export interface HookMessageDetail {
  readonly id: string;
  readonly at: string | null;
  /** `failure`, `context`, `resume` or `restore`. */
  readonly kind: string;
  /**
   * The pattern of the failure, the threshold of the context, the id of the text, or that of the
   * restore.
   */
  readonly about: string;
  readonly toolUseId: string | null;
  /**
   * The command that it was about, why Claude was reminded, or the checkpoint that was restored.
   */
  readonly target: string | null;
  /** `heeded`, `failed_again`, `went_well`, or `unknown` while nothing shows it. */
  readonly outcome: string;
}

/** Number of messages to Claude, by what followed. Field names are a contract. */
export interface HookMessageCounts {
  readonly told: number;
  readonly heeded: number;
  readonly failedAgain: number;
  readonly wentWell: number;
  readonly unknown: number;
}

export const NO_HOOK_MESSAGES: HookMessageCounts = {
  told: 0,
  heeded: 0,
  failedAgain: 0,
  wentWell: 0,
  unknown: 0,
};

/** Returns the messages of hooks to Claude in a session, oldest first. */
export async function readHookMessages(
  database: Database,
  session: string,
): Promise<readonly HookMessageDetail[]> {
  const query = queryBuilder()
    .selectFrom('told')
    .select(['id', 'at', 'kind', 'about', 'tool_use_id', 'detail', 'outcome'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
  return (await runQuery(database, query)).map((row) => {
    const detail = parseJsonObject(readTextColumn(row, 'detail') ?? '') ?? {};
    return {
      id: readTextColumn(row, 'id') ?? '',
      at: readIsoColumn(row, 'at'),
      kind: readTextColumn(row, 'kind') ?? '',
      about: readTextColumn(row, 'about') ?? '',
      toolUseId: readTextColumn(row, 'tool_use_id'),
      target:
        stringField(detail, 'target') ??
        stringField(detail, 'occasion') ??
        stringField(detail, 'checkpoint') ??
        null,
      outcome: readTextColumn(row, 'outcome') ?? 'unknown',
    };
  });
}

/** Counts the messages of one kind, or about one subject of it, by what followed. */
export async function countHookMessages(
  database: Database,
  kind: 'failure' | 'context' | 'resume',
  about?: string,
): Promise<HookMessageCounts> {
  const ofKind = queryBuilder()
    .selectFrom('told')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('n')])
    .where('kind', '=', kind)
    .groupBy('outcome');
  const query = about === undefined ? ofKind : ofKind.where('about', '=', about);
  const rows = await runQuery(database, query);
  const of = (outcome: string): number =>
    rows
      .filter((row) => (readTextColumn(row, 'outcome') ?? 'unknown') === outcome)
      .reduce((sum, row) => sum + (readNumberColumn(row, 'n') ?? 0), 0);
  const counts = {
    heeded: of('heeded'),
    failedAgain: of('failed_again'),
    wentWell: of('went_well'),
    unknown: of('unknown'),
  };
  const { heeded, failedAgain, wentWell, unknown } = counts;
  return { told: heeded + failedAgain + wentWell + unknown, ...counts };
}
