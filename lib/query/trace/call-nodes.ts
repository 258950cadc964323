import { storedPattern } from '../../features/failure/stored-patterns.ts';
import type { Database, Row } from '../../store/database.ts';
import { numberOf, textOf } from '../row.ts';
import { type Draft, newDraft } from './trace-node.ts';

/** A call and whose it is; `null`: of the main chain. */
export interface CallDraft {
  readonly draft: Draft;
  readonly agentId: string | null;
}

const OPERATIONS = `SELECT v.*, o.at AS begun FROM operation_outcomes v JOIN operations o ON o.tool_use_id = v.tool_use_id WHERE v.session_id = ?`;
const FIXES = 'SELECT * FROM failure_fixes WHERE session_id = ? ORDER BY at, pattern_id';
const PATTERNS =
  'SELECT DISTINCT id, pattern_id FROM command_runs WHERE session_id = ? AND pattern_id IS NOT NULL';

/** Every tool call of a session by its id; a failed one has its failure, and what helped, below it. */
export function addCalls(
  database: Database,
  session: string,
  durations: ReadonlyMap<string, number>,
): ReadonlyMap<string, CallDraft> {
  const rows = database.prepare(OPERATIONS).all(session);
  const calls = new Map(rows.map((row) => [String(row['tool_use_id']), callOf(row, durations)]));
  const patterns = new Map(
    database
      .prepare(PATTERNS)
      .all(session)
      .map((row) => [String(row['id']), String(row['pattern_id'])]),
  );
  const fixes = new Map(
    database
      .prepare(FIXES)
      .all(session)
      .map((row) => [String(row['evidence']), row]),
  );
  const known = new Map<string, string | undefined>(); // a pattern is looked up once, however often it failed
  for (const row of rows) {
    const id = String(row['tool_use_id']);
    const pattern = patterns.get(id);
    const draft = calls.get(id)?.draft;
    if (draft === undefined || (draft.outcome !== 'failed' && pattern === undefined)) continue;
    const failure = newDraft('failure', pattern ?? null, 'failure', {
      at: numberOf(row, 'ended_at') ?? draft.at,
      detail: textOf(row, 'error') ?? undefined,
    });
    const fix = fixes.get(id);
    if (fix !== undefined) failure.children.push(fixOf(fix, rows));
    else if (pattern !== undefined) {
      if (!known.has(pattern)) known.set(pattern, knownFix(database, pattern));
      const detail = known.get(pattern);
      if (detail !== undefined)
        failure.children.push(newDraft('fix', null, 'known fix', { detail }));
    }
    draft.children.push(failure);
  }
  return calls;
}

function callOf(row: Row, durations: ReadonlyMap<string, number>): CallDraft {
  const id = String(row['tool_use_id']);
  const [at, begun, ended] = [
    numberOf(row, 'at'),
    numberOf(row, 'begun'),
    numberOf(row, 'ended_at'),
  ];
  const draft = newDraft('call', id, textOf(row, 'tool') ?? 'unknown', {
    at: at ?? undefined,
    detail: textOf(row, 'target') ?? undefined,
    outcome: textOf(row, 'outcome') ?? 'running',
    durationMs: begun === null || ended === null ? durations.get(id) : Math.max(0, ended - begun),
  });
  return { draft, agentId: textOf(row, 'agent_id') };
}

/** What worked after this very failure, and the call in which it did. */
function fixOf(fix: Row, rows: readonly Row[]): Draft {
  const [at, text] = [numberOf(fix, 'at'), textOf(fix, 'text') ?? ''];
  const call = rows.find(
    (row) =>
      (numberOf(row, 'ended_at') ?? numberOf(row, 'at')) === at &&
      (textOf(row, 'target') ?? '').includes(text),
  );
  return newDraft('fix', call === undefined ? null : textOf(call, 'tool_use_id'), 'fixed by', {
    at: at ?? undefined,
    detail: wordsOf(text, fix['is_edit'] === 1),
  });
}

/** What worked elsewhere. */
function knownFix(database: Database, pattern: string): string | undefined {
  const fix = storedPattern(database, pattern)?.pattern.fix;
  return fix === undefined || fix === null ? undefined : wordsOf(fix.text, fix.isEdit);
}

function wordsOf(text: string, isEdit: boolean): string {
  return isEdit ? `an edit of ${text}` : text;
}
