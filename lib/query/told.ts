import { parseJsonObject, stringField } from '../core/json.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, rowsOf } from './builder.ts';
import { isoOf, numberOf, textOf } from './row.ts';

/** One thing that hooks told Claude in a session, as `show --json` lists it. Field names are a contract. */
export interface ToldDetail {
  readonly id: string;
  readonly at: string | null;
  /** `failure`, `context` or `resume`. */
  readonly kind: string;
  /** The pattern of the failure, the threshold of the context, or the id of the text. */
  readonly about: string;
  readonly toolUseId: string | null;
  /** The command that it was about, or why Claude was reminded. */
  readonly target: string | null;
  /** `heeded`, `failed_again`, `went_well`, or `unknown` while nothing shows it. */
  readonly outcome: string;
}

/** How often Claude was told something, by what followed. Field names are a contract. */
export interface ToldCounts {
  readonly told: number;
  readonly heeded: number;
  readonly failedAgain: number;
  readonly wentWell: number;
  readonly unknown: number;
}

export const NOTHING_TOLD: ToldCounts = {
  told: 0,
  heeded: 0,
  failedAgain: 0,
  wentWell: 0,
  unknown: 0,
};

/** What hooks told Claude in a session, in the order of time. */
export async function readTold(
  database: Database,
  session: string,
): Promise<readonly ToldDetail[]> {
  const query = queryBuilder()
    .selectFrom('told')
    .select(['id', 'at', 'kind', 'about', 'tool_use_id', 'detail', 'outcome'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
  return (await rowsOf(database, query)).map((row) => {
    const detail = parseJsonObject(textOf(row, 'detail') ?? '') ?? {};
    return {
      id: textOf(row, 'id') ?? '',
      at: isoOf(row, 'at'),
      kind: textOf(row, 'kind') ?? '',
      about: textOf(row, 'about') ?? '',
      toolUseId: textOf(row, 'tool_use_id'),
      target: stringField(detail, 'target') ?? stringField(detail, 'occasion') ?? null,
      outcome: textOf(row, 'outcome') ?? 'unknown',
    };
  });
}

/** How often Claude was told of a kind, or of one subject of it, and what followed. */
export async function countTold(
  database: Database,
  kind: 'failure' | 'context' | 'resume',
  about?: string,
): Promise<ToldCounts> {
  const ofKind = queryBuilder()
    .selectFrom('told')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('n')])
    .where('kind', '=', kind)
    .groupBy('outcome');
  const query = about === undefined ? ofKind : ofKind.where('about', '=', about);
  const rows = await rowsOf(database, query);
  const of = (outcome: string): number =>
    rows
      .filter((row) => (textOf(row, 'outcome') ?? 'unknown') === outcome)
      .reduce((sum, row) => sum + (numberOf(row, 'n') ?? 0), 0);
  const counts = {
    heeded: of('heeded'),
    failedAgain: of('failed_again'),
    wentWell: of('went_well'),
    unknown: of('unknown'),
  };
  const { heeded, failedAgain, wentWell, unknown } = counts;
  return { told: heeded + failedAgain + wentWell + unknown, ...counts };
}
