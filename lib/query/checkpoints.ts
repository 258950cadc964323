import { isoTime } from '../core/clock.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import { figuresOf, type SessionClues, windowClues } from '../features/context/figures.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, rowsOf } from './builder.ts';
import { numberOf, textOf } from './row.ts';

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

/** A row with its time. */
interface Timed {
  readonly at: number;
  readonly row: Row;
}

/**
 * The checkpoints of a session, oldest first, each with what happened since the one before.
 * @param operations Rows of the session's calls, oldest first.
 */
export async function readCheckpoints(
  database: Database,
  session: string,
  { operations, windows }: { readonly operations: readonly Row[]; readonly windows: ModelWindows },
): Promise<readonly CheckpointDetail[]> {
  const checkpoints = timed(await rowsOf(database, checkpointRows(session)));
  const samples = timed(await rowsOf(database, sampleRows(session)));
  const percentAt = percentReader(samples, windowClues(database, session, windows));
  const calls = timed(operations);
  let [nextCall, nextSample] = [0, 0];
  return checkpoints.map(({ at, row }) => {
    const firstCall = nextCall;
    while ((calls[nextCall]?.at ?? Number.POSITIVE_INFINITY) <= at) nextCall += 1;
    while ((samples[nextSample]?.at ?? Number.POSITIVE_INFINITY) <= at) nextSample += 1;
    const since = calls.slice(firstCall, nextCall).map((call) => call.row);
    return describe(row, at, since, percentAt(samples[nextSample - 1]));
  });
}

/** Asks no store: the samples of the session are at hand. */
function percentReader(
  samples: readonly Timed[],
  clues: SessionClues,
): (sample: Timed | undefined) => number | null {
  const most = new Map<string, number>();
  for (const { row } of samples) {
    const model = textOf(row, 'model') ?? '';
    most.set(model, Math.max(most.get(model) ?? 0, numberOf(row, 'tokens') ?? 0));
  }
  const own: SessionClues = {
    ...clues,
    hasHeldMore: (model, tokens) => (most.get(model ?? '') ?? 0) > tokens,
  };
  return (sample) => {
    if (sample === undefined) return null;
    const { at, row } = sample;
    const model = textOf(row, 'model');
    return figuresOf({ tokens: numberOf(row, 'tokens'), at, model }, own).percent;
  };
}

function checkpointRows(session: string) {
  return queryBuilder()
    .selectFrom('checkpoints')
    .select(['id', 'kind', 'at', 'operation_count', 'saved_by', 'agent_id'])
    .select(['git_head', 'git_branch', 'note'])
    .where('session_id', '=', session)
    .orderBy('at')
    .orderBy('id');
}

function sampleRows(session: string) {
  return queryBuilder()
    .selectFrom('context_samples')
    .select(['at', 'model', 'tokens'])
    .where('session_id', '=', session)
    .orderBy('at');
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
