import { readStoredPattern } from '../../features/failure/stored-patterns.ts';
import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import { type Draft, createDraft } from './trace-node.ts';

/** A call and whose it is; `null`: of the main chain. */
export interface CallDraft {
  readonly draft: Draft;
  readonly agentId: string | null;
}

/**
 * Every tool call of a session by its id; a failed one has its failure, and what helped, below it.
 */
export async function addCalls(
  database: Database,
  session: string,
  durations: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, CallDraft>> {
  const rows = await runQuery(database, callRows(session));
  const calls = new Map(rows.map((row) => [String(row['tool_use_id']), callOf(row, durations)]));
  const patterns = new Map(
    (await runQuery(database, patternRows(session))).map((row) => [
      String(row['id']),
      String(row['pattern_id']),
    ]),
  );
  const fixes = new Map(
    (await runQuery(database, fixRows(session))).map((row) => [String(row['evidence']), row]),
  );
  // a pattern is looked up once, however often it failed
  const known = new Map<string, string | undefined>();
  for (const row of rows) {
    const id = String(row['tool_use_id']);
    const pattern = patterns.get(id);
    const draft = calls.get(id)?.draft;
    if (draft === undefined || (draft.outcome !== 'failed' && pattern === undefined)) continue;
    const failure = createDraft('failure', pattern ?? null, 'failure', {
      at: readNumberColumn(row, 'ended_at') ?? draft.at,
      detail: readTextColumn(row, 'error') ?? undefined,
    });
    const fix = fixes.get(id);
    if (fix !== undefined) failure.children.push(fixOf(fix, rows));
    else if (pattern !== undefined) {
      if (!known.has(pattern)) known.set(pattern, knownFix(database, pattern));
      const detail = known.get(pattern);
      if (detail !== undefined)
        failure.children.push(createDraft('fix', null, 'known fix', { detail }));
    }
    draft.children.push(failure);
  }
  return calls;
}

function callRows(session: string) {
  return queryBuilder()
    .selectFrom('operation_outcomes as v')
    .innerJoin('operations as o', 'o.tool_use_id', 'v.tool_use_id')
    .select(['v.tool_use_id', 'v.agent_id', 'v.tool', 'v.target', 'v.outcome', 'v.error'])
    .select(['v.at', 'v.ended_at', 'o.at as begun'])
    .where('v.session_id', '=', session);
}

function patternRows(session: string) {
  return queryBuilder()
    .selectFrom('command_runs')
    .select(['id', 'pattern_id'])
    .distinct()
    .where('session_id', '=', session)
    .where('pattern_id', 'is not', null);
}

function fixRows(session: string) {
  return queryBuilder()
    .selectFrom('failure_fixes')
    .select(['evidence', 'text', 'is_edit', 'at'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('pattern_id');
}

function callOf(row: Row, durations: ReadonlyMap<string, number>): CallDraft {
  const id = String(row['tool_use_id']);
  const [at, begun, ended] = [
    readNumberColumn(row, 'at'),
    readNumberColumn(row, 'begun'),
    readNumberColumn(row, 'ended_at'),
  ];
  const draft = createDraft('call', id, readTextColumn(row, 'tool') ?? 'unknown', {
    at: at ?? undefined,
    detail: readTextColumn(row, 'target') ?? undefined,
    outcome: readTextColumn(row, 'outcome') ?? 'running',
    durationMs: begun === null || ended === null ? durations.get(id) : Math.max(0, ended - begun),
  });
  return { draft, agentId: readTextColumn(row, 'agent_id') };
}

/** What worked after this very failure, and the call in which it did. */
function fixOf(fix: Row, rows: readonly Row[]): Draft {
  const [at, text] = [readNumberColumn(fix, 'at'), readTextColumn(fix, 'text') ?? ''];
  const call = rows.find(
    (row) =>
      (readNumberColumn(row, 'ended_at') ?? readNumberColumn(row, 'at')) === at &&
      (readTextColumn(row, 'target') ?? '').includes(text),
  );
  return createDraft(
    'fix',
    call === undefined ? null : readTextColumn(call, 'tool_use_id'),
    'fixed by',
    {
      at: at ?? undefined,
      detail: wordsOf(text, fix['is_edit'] === 1),
    },
  );
}

/** What worked elsewhere. */
function knownFix(database: Database, pattern: string): string | undefined {
  const fix = readStoredPattern(database, pattern)?.pattern.fix;
  return fix === undefined || fix === null ? undefined : wordsOf(fix.text, fix.isEdit);
}

function wordsOf(text: string, isEdit: boolean): string {
  return isEdit ? `an edit of ${text}` : text;
}
