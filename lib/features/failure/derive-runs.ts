import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { replaceRows } from '../../store/derived-rows.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { provenShapes } from './command-shape.ts';
import { patternId } from './error-pattern.ts';
import { type FailedCommand, failedCommand } from './failed-command.ts';
import { isInvalidCall } from './invalid-call.ts';
import { commandsTouchedBy } from './table-fixes.ts';
import { FAILURE_PATTERNS, keysKnownToFail } from './table-patterns.ts';
import { type RunPlace, RUNS, runsOfCalls, type SessionPlace } from './table-runs.ts';

/** A call that came to an end, as hooks and transcript tell together. */
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
  /** As it stood in the call, redacted and cut. */
  readonly command: string;
  readonly error: string;
  readonly source: 'hook' | 'transcript' | 'log';
}

/**
 * What a failed run leaves: its row, and the pattern that it shows, which it shares with other runs.
 */
export function failedRows(
  { place, tool, command, error, source }: FailedRun,
  { shape, pattern }: FailedCommand,
): { readonly run: Row; readonly pattern: Write } {
  const id = patternId(shape.key, pattern.text);
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
 * Derives the runs of calls from what is known of them now: which commands failed, and which went well that are known to fail (all others are of no use).
 * The owner of a row is its call: rows from before go, except those of a hook, which saw more than the transcript shows.
 * @param calls Rows of `unlearnedCalls`, the oldest first.
 * @returns the keys of commands of which something else is known now.
 */
export function deriveRuns(
  database: Database,
  calls: readonly Row[],
  place: SessionPlace,
): readonly string[] {
  const ended = calls.flatMap((row) => callOf(row, place) ?? []);
  const stored = runsOfCalls(
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

/** The keys of commands of which something else is known once there is this run, or is no more. */
function touchedBy(database: Database, run: Row): readonly string[] {
  const key = String(run['command_key']);
  return run['pattern_id'] === null ? [key] : commandsTouchedBy(database, key);
}

interface Derived {
  readonly runs: readonly Row[];
  readonly patterns: readonly Write[];
}

/** A command counts as known to fail from its first failure on: the calls are in time order. */
function derive(database: Database, calls: readonly EndedCall[], ofHook: readonly Row[]): Derived {
  const seen = new Set(ofHook.map((run) => String(run['id'])));
  const taken = new Set(ofHook.map((run) => nameOf(run)));
  const wentWell = (call: EndedCall): readonly Row[] =>
    provenShapes(call.tool, call.command, call.place.project ?? undefined).map((shape) => ({
      ...{ ...runRow(call.place, shape), pattern_id: null, kind: null },
      ...{ command: null, error: null, source: 'transcript' },
    }));
  const ends = calls.map((call) =>
    hasFailed(call)
      ? { failed: seen.has(call.place.id) ? undefined : failureOf(call), runs: [] }
      : { failed: undefined, runs: call.outcome === 'ok' ? wentWell(call) : [] },
  );
  const keys = ends.flatMap(({ runs }) => runs.map((run) => String(run['command_key'])));
  const known = new Set(keysKnownToFail(database, [...new Set(keys)]));
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

function failureOf(call: EndedCall): ReturnType<typeof failedRows> {
  const { place, tool, command, error } = call;
  const found = failedCommand(tool, command, error, place.project ?? undefined);
  return failedRows({ place, tool, command, error, source: 'transcript' }, found);
}

/** `undefined` for a call that is gone, or of which too little is known yet. */
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
