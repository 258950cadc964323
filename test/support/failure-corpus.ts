import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { withoutProgress } from '../../lib/core/progress-lines.ts';
import { describeToolTarget } from '../../lib/claude/tool-target.ts';
import { computeCommandShapes } from '../../lib/features/failure/command-shape.ts';
import type { ErrorKind } from '../../lib/features/failure/error-kind.ts';
import { type ActionDecision, decideAction } from '../../lib/features/failure/decide-action.ts';
import { type FailureView, derivePatterns } from '../../lib/features/failure/known-pattern.ts';
import {
  type LearningOperation,
  deriveLearnedFixes,
  deriveFixAttempts,
} from '../../lib/features/failure/learn-fixes.ts';
import { runsOf } from './runs-of.ts';

export interface CorpusCall {
  readonly session: string;
  readonly project: string;
  readonly command: string;
  readonly outcome: 'ok' | 'failed';
  readonly error?: string;
  readonly daysAgo: number;
  /** @defaultValue Bash */
  readonly tool?: string;
}

/** What happened before, a coming call, and whether a person would want a warning. */
export interface CorpusCase {
  readonly name: string;
  readonly history: readonly CorpusCall[];
  readonly coming: { readonly project: string; readonly command: string; readonly tool?: string };
  readonly warn: boolean;
  readonly why: string;
  /** What the warning must name as the fix. */
  readonly fix?: string;
}

const NOW = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

export function readCorpus(path = 'test/fixtures/failure-corpus.jsonl'): readonly CorpusCase[] {
  const text = readFileSync(resolve(path), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line): CorpusCase => JSON.parse(line));
}

/** What is known of one key after a history, as the store would have it. */
export function viewAfter(history: readonly CorpusCall[], key: string): FailureView {
  const sessions = sessionsOf(history);
  const runs = [...sessions].flatMap(([session, operations]) =>
    operations.flatMap((operation) => runsOf(operation, session)),
  );
  const operations = [...sessions.values()];
  const ids = new Set(
    runs.flatMap((run) => (run.key === key && run.pattern !== null ? run.pattern.id : [])),
  );
  const known = derivePatterns(
    runs,
    operations.flatMap(deriveLearnedFixes),
    operations.flatMap(deriveFixAttempts),
  );
  return { format: 1, text: '', tool: 'Bash', patterns: known.filter(({ id }) => ids.has(id)) };
}

/** What is to be said about the coming call of a case. */
export function judgeCase({ history, coming }: CorpusCase): ActionDecision | undefined {
  const tool = coming.tool ?? 'Bash';
  return computeCommandShapes(tool, target(tool, coming.command), coming.project)
    .flatMap(
      (shape) =>
        decideAction(viewAfter(history, shape.key), shape, { project: coming.project, now: NOW }) ??
        [],
    )
    .at(0);
}

/** The kind of the last failure in the history of a case. */
export function kindOf({ history }: CorpusCase): ErrorKind | undefined {
  const runs = [...sessionsOf(history)].flatMap(([session, operations]) =>
    operations.flatMap((operation) => runsOf(operation, session)),
  );
  return runs.findLast(({ pattern }) => pattern !== null)?.pattern?.kind;
}

function sessionsOf(
  history: readonly CorpusCall[],
): ReadonlyMap<string, readonly LearningOperation[]> {
  const sessions = new Map<string, LearningOperation[]>();
  for (const [index, call] of history.entries()) {
    const tool = call.tool ?? 'Bash';
    const operation = {
      ...{
        id: `toolu_${index}`,
        tool,
        target: target(tool, call.command),
        outcome: call.outcome,
        error: call.error === undefined ? null : withoutProgress(call.error, 500).slice(0, 500),
      },
      ...{ at: NOW - call.daysAgo * DAY_MS, project: call.project },
    };
    sessions.set(call.session, [...(sessions.get(call.session) ?? []), operation]);
  }
  for (const operations of sessions.values()) operations.sort((one, other) => one.at - other.at);
  return sessions;
}

/** `{abc*3}` in a command stands for `abcabcabc`. */
function target(tool: string, command: string): string {
  const long = command.replace(/\{([^{}*]+)\*(\d+)\}/g, (_, text: string, times: string) =>
    text.repeat(Number(times)),
  );
  return describeToolTarget(tool, tool === 'Bash' ? { command: long } : { file_path: long });
}
