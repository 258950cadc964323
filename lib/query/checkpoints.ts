import { isoTime } from '../core/clock.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import { computeFigures, type SessionClues, readWindowClues } from '../features/context/figures.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** One checkpoint. Field names are a contract. */
export interface CheckpointDetail {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  /** All operations of the session so far. */
  readonly operationCount: number;
  /**
   * What was done since the checkpoint before: files that were written, command lines that ran,
   * calls that failed.
   */
  readonly files: readonly string[];
  readonly commands: readonly string[];
  readonly failures: ReadonlyArray<{
    readonly tool: string | null;
    readonly target: string | null;
    readonly error: string | null;
  }>;
  readonly contextPercent: number | null;
  /** The snapshot that was taken for it, as `restore` takes it; `null` when there is none. */
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
  const checkpoints = timed(await runQuery(database, checkpointRows(session)));
  const samples = timed(await runQuery(database, sampleRows(session)));
  const percentAt = percentReader(samples, readWindowClues(database, session, windows));
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
    const model = readTextColumn(row, 'model') ?? '';
    most.set(model, Math.max(most.get(model) ?? 0, readNumberColumn(row, 'tokens') ?? 0));
  }
  const own: SessionClues = {
    ...clues,
    hasHeldMore: (model, tokens) => (most.get(model ?? '') ?? 0) > tokens,
  };
  return (sample) => {
    if (sample === undefined) return null;
    const { at, row } = sample;
    const model = readTextColumn(row, 'model');
    return computeFigures({ tokens: readNumberColumn(row, 'tokens'), at, model }, own).percent;
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
    since.filter((operation) => outcomes.includes(readTextColumn(operation, 'outcome') ?? ''));
  return {
    id: readTextColumn(row, 'id') ?? '',
    kind: readTextColumn(row, 'kind') ?? '',
    at: isoTime(at),
    operationCount: readNumberColumn(row, 'operation_count') ?? 0,
    files: targets(
      withOutcome('ok').filter((operation) => EDITORS.has(readTextColumn(operation, 'tool') ?? '')),
    ),
    commands: targets(
      withOutcome('ok', 'failed', 'running').filter(
        (operation) => readTextColumn(operation, 'tool') === 'Bash',
      ),
    ),
    failures: withOutcome('failed').map((operation) => ({
      tool: readTextColumn(operation, 'tool'),
      target: readTextColumn(operation, 'target'),
      error: readTextColumn(operation, 'error'),
    })),
    contextPercent: percent,
    snapshot: null,
    savedBy: readTextColumn(row, 'saved_by'),
    agentId: readTextColumn(row, 'agent_id'),
    gitHead: readTextColumn(row, 'git_head'),
    gitBranch: readTextColumn(row, 'git_branch'),
    note: readTextColumn(row, 'note'),
  };
}

/** Each target once, in the order of its first use. */
function targets(operations: readonly Row[]): readonly string[] {
  return [
    ...new Set(operations.flatMap((operation) => readTextColumn(operation, 'target') ?? [])),
  ].filter((target) => target !== '');
}

function timed(rows: readonly Row[]): readonly Timed[] {
  return rows.flatMap((row) => {
    const at = readNumberColumn(row, 'at');
    return at === null ? [] : { at, row };
  });
}
