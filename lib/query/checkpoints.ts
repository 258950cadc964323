import { isoTime } from '../core/clock.ts';
import type { Database, Row } from '../store/database.ts';
import { numberOf, textOf } from './row.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import { figuresOf, windowClues } from '../features/context/figures.ts';

/** One checkpoint. Field names are a contract. */
export interface CheckpointDetail {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  /** All operations of the session so far. */
  readonly operationCount: number;
  /** What was done since the checkpoint before: files that were written, command lines that ran, calls that failed. */
  readonly files: readonly string[];
  readonly commands: readonly string[];
  readonly failures: ReadonlyArray<{
    readonly tool: string | null;
    readonly target: string | null;
    readonly error: string | null;
  }>;
  readonly contextPercent: number | null;
  /** Commit of the work tree at that moment; `null` while snapshots are not taken. */
  readonly snapshot: string | null;
  readonly savedBy: string | null;
  readonly agentId: string | null;
  readonly gitHead: string | null;
  readonly gitBranch: string | null;
  readonly note: string | null;
}

const EDITORS = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);

interface Timed {
  readonly at: number;
  readonly row: Row;
}

/** The checkpoints of a session, oldest first, each with what happened since the one before. */
export function readCheckpoints(
  database: Database,
  session: string,
  windows: ModelWindows = [],
): readonly CheckpointDetail[] {
  const operations = timed(
    database
      .prepare(
        'SELECT at, tool, target, outcome, error FROM operation_outcomes WHERE session_id = ? ORDER BY at',
      )
      .all(session),
  );
  const samples = timed(
    database
      .prepare('SELECT at, model, tokens FROM context_samples WHERE session_id = ? ORDER BY at')
      .all(session),
  );
  const clues = windowClues(database, session, windows);
  const percentAt = ({ at, row }: Timed) =>
    figuresOf({ tokens: numberOf(row, 'tokens') ?? 0, at, model: textOf(row, 'model') }, clues)
      .percent;
  let from = Number.NEGATIVE_INFINITY;
  return timed(
    database.prepare('SELECT * FROM checkpoints WHERE session_id = ? ORDER BY at, id').all(session),
  ).map(({ at, row }) => {
    const since = operations
      .filter((operation) => operation.at > from && operation.at <= at)
      .map((operation) => operation.row);
    const sample = samples.findLast((candidate) => candidate.at <= at);
    from = at;
    return describe(row, at, since, sample === undefined ? null : percentAt(sample));
  });
}

function describe(
  row: Row,
  at: number,
  since: readonly Row[],
  percent: number | null,
): CheckpointDetail {
  const withOutcome = (...outcomes: readonly string[]): readonly Row[] =>
    since.filter((operation) => outcomes.includes(textOf(operation, 'outcome') ?? ''));
  return {
    id: textOf(row, 'id') ?? '',
    kind: textOf(row, 'kind') ?? '',
    at: isoTime(at),
    operationCount: numberOf(row, 'operation_count') ?? 0,
    files: targets(
      withOutcome('ok').filter((operation) => EDITORS.has(textOf(operation, 'tool') ?? '')),
    ),
    commands: targets(
      withOutcome('ok', 'failed', 'running').filter(
        (operation) => textOf(operation, 'tool') === 'Bash',
      ),
    ),
    failures: withOutcome('failed').map((operation) => ({
      tool: textOf(operation, 'tool'),
      target: textOf(operation, 'target'),
      error: textOf(operation, 'error'),
    })),
    contextPercent: percent,
    snapshot: null,
    savedBy: textOf(row, 'saved_by'),
    agentId: textOf(row, 'agent_id'),
    gitHead: textOf(row, 'git_head'),
    gitBranch: textOf(row, 'git_branch'),
    note: textOf(row, 'note'),
  };
}

/** Each target once, in the order of its first use. */
function targets(operations: readonly Row[]): readonly string[] {
  return [...new Set(operations.flatMap((operation) => textOf(operation, 'target') ?? []))].filter(
    (target) => target !== '',
  );
}

function timed(rows: readonly Row[]): readonly Timed[] {
  return rows.flatMap((row) => {
    const at = numberOf(row, 'at');
    return at === null ? [] : { at, row };
  });
}
