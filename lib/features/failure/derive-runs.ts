import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { replaceRows } from '../../store/derived-rows.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { findProvenShapes } from './command-shape.ts';
import { computePatternId } from './error-pattern.ts';
import { type FailedCommand, describeFailedCommand } from './failed-command.ts';
import { isInvalidCall } from './invalid-call.ts';
import { readCommandsTouchedBy } from './table-fixes.ts';
import { FAILURE_PATTERNS, readKeysKnownToFail } from './table-patterns.ts';
import { type RunPlace, RUNS, readRunsOfCalls, type SessionPlace } from './table-runs.ts';

/** A finished call, as hooks and transcript together report it. */
interface EndedCall {
  readonly place: RunPlace;
  readonly tool: string;
  readonly command: string;
  readonly outcome: string;
  readonly error: string;
}

export interface FailedRun {
  readonly place: RunPlace;
  readonly tool: string;
  /** The command as in the call, redacted and cut. */
  readonly command: string;
  readonly error: string;
  readonly source: 'hook' | 'transcript' | 'log';
}

/**
 * Creates the rows of a failed run: its own, and that of its pattern, which it shares with other
 * runs.
 */
export function createFailedRows(
  { place, tool, command, error, source }: FailedRun,
  { shape, pattern }: FailedCommand,
): { readonly run: Row; readonly pattern: Write } {
  const id = computePatternId(shape.key, pattern.text);
  const row = {
    ...{ id, command_key: shape.key, tool, command: shape.text, error: pattern.text },
    ...{ needle: shape.needle, is_general: shape.isGeneral ? 1 : 0, last_at: place.at },
  };
  return {
    pattern: { into: FAILURE_PATTERNS, row },
    run: {
      ...{ ...runRow(place, shape), pattern_id: id, kind: pattern.kind },
      ...{ command, error, source },
    },
  };
}

/**
 * Derives the runs of calls: commands that failed, and commands that succeeded and have a known
 * failure (other successes are not needed). A row belongs to its call. Earlier rows are deleted,
 * except those from a hook, which saw more than the transcript contains.
 * @param calls Rows of `readUnlearnedCalls`, the oldest first.
 * @returns the keys of commands whose knowledge changed.
 */
export function deriveRuns(
  database: Database,
  calls: readonly Row[],
  place: SessionPlace,
): readonly string[] {
  const ended = calls.flatMap((row) => callOf(row, place) ?? []);
  const stored = readRunsOfCalls(
    database,
    ended.map((call) => call.place.id),
  );
  const ofHook = stored.filter(({ source }) => source !== 'transcript');
  const { runs, patterns } = derive(database, ended, ofHook);
  const { changes, gone, come } = replaceRows(
    RUNS,
    stored.filter(({ source }) => source === 'transcript'),
    runs,
  );
  const news = new Set(come.map((run) => run['pattern_id']));
  applyWrites(database, [...patterns.filter(({ row }) => news.has(row['id'] ?? null)), ...changes]);
  return [...gone, ...come].flatMap((run) => touchedBy(database, run));
}

/** Returns the keys of commands whose knowledge changes when this run is added or removed. */
function touchedBy(database: Database, run: Row): readonly string[] {
  const key = String(run['command_key']);
  return run['pattern_id'] === null ? [key] : readCommandsTouchedBy(database, key);
}

interface Derived {
  readonly runs: readonly Row[];
  readonly patterns: readonly Write[];
}

/** A command counts as known to fail from its first failure on; the calls are in order of time. */
function derive(database: Database, calls: readonly EndedCall[], ofHook: readonly Row[]): Derived {
  const seen = new Set(ofHook.map((run) => String(run['id'])));
  const taken = new Set(ofHook.map((run) => nameOf(run)));
  const wentWell = (call: EndedCall): readonly Row[] =>
    findProvenShapes(call.tool, call.command, call.place.project ?? undefined).map((shape) => ({
      ...{ ...runRow(call.place, shape), pattern_id: null, kind: null },
      ...{ command: null, error: null, source: 'transcript' },
    }));
  const ends = calls.map((call) =>
    hasFailed(call)
      ? { failed: seen.has(call.place.id) ? undefined : failureOf(call), runs: [] }
      : { failed: undefined, runs: call.outcome === 'ok' ? wentWell(call) : [] },
  );
  const keys = ends.flatMap(({ runs }) => runs.map((run) => String(run['command_key'])));
  const known = new Set(readKeysKnownToFail(database, [...new Set(keys)]));
  const runs = new Map<string, Row>();
  const patterns: Write[] = [];
  for (const { failed, runs: successes } of ends) {
    for (const run of successes)
      if (known.has(String(run['command_key'])) && !taken.has(nameOf(run)))
        runs.set(nameOf(run), run);
    if (failed === undefined) continue;
    known.add(String(failed.run['command_key']));
    runs.set(nameOf(failed.run), failed.run);
    patterns.push(failed.pattern);
  }
  return { runs: [...runs.values()], patterns };
}

function hasFailed({ outcome, error }: EndedCall): boolean {
  return outcome === 'failed'
    ? !/interrupted by user/i.test(error)
    : outcome === 'rejected' && isInvalidCall(error);
}

function failureOf(call: EndedCall): ReturnType<typeof createFailedRows> {
  const { place, tool, command, error } = call;
  const found = describeFailedCommand(tool, command, error, place.project ?? undefined);
  return createFailedRows({ place, tool, command, error, source: 'transcript' }, found);
}

/** Returns the call; `undefined` if it was deleted, or if too little is known yet. */
function callOf(row: Row, place: SessionPlace): EndedCall | undefined {
  const tool = stringField(row, 'tool');
  const at = numberField(row, 'ended_at') ?? numberField(row, 'at');
  if (tool === undefined || at === undefined) return undefined;
  return {
    place: { id: stringField(row, 'id') ?? '', ...place, at },
    tool,
    command: stringField(row, 'target') ?? '',
    outcome: stringField(row, 'outcome') ?? '',
    error: stringField(row, 'error') ?? '',
  };
}

function runRow(
  { id, session, project, repository, at }: RunPlace,
  { key, exact }: { readonly key: string; readonly exact: string },
): Row {
  return { id, command_key: key, exact, session_id: session, project, repository, at };
}

function nameOf(run: Row): string {
  return `${run['id']} ${run['command_key']} ${run['exact']}`;
}
