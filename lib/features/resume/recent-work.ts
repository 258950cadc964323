/** One call of a session. Lists start with the oldest. */
export interface RecentCall {
  readonly tool: string;
  readonly target: string;
  readonly outcome: string;
  readonly error: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether an agent made it. */
  readonly isAgents: boolean;
}

export interface CommandDone {
  readonly command: string;
  /** `ok`, `failed`, `rejected` or `running`. */
  readonly outcome: string;
  readonly error: string | null;
}

export interface OpenFailure {
  readonly tool: string;
  readonly target: string;
  /** The latest error. */
  readonly error: string;
  readonly count: number;
  readonly at: number;
  /** What worked instead, if known. */
  readonly fix: string | null;
}

/** What is known about a failure from other sessions. */
export interface Lesson {
  /**
   * `information`: the failure is the answer; `invocation`: a wrong program, option or name; any
   * other text: something else.
   */
  readonly kind: string;
  readonly fix: string | null;
}

export type LessonOf = (failure: {
  readonly tool: string;
  readonly target: string;
  readonly error: string;
  readonly project?: string;
}) => Lesson | undefined;

const EDITS = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];
const COMMIT = /\bgit\b[^|;&\n]*\scommit\b/;

/** Without a recent commit, files edited within this many calls count as in progress. */
const FLIGHT_CALLS = 50;

/** Returns the files edited since the last commit, or recently; latest first. */
export function listFilesInFlight(calls: readonly RecentCall[]): readonly string[] {
  const commit = calls.findLastIndex(
    (call) => call.tool === 'Bash' && call.outcome === 'ok' && COMMIT.test(call.target),
  );
  const flying = commit === -1 ? calls.slice(-FLIGHT_CALLS) : calls.slice(commit + 1);
  const edited = flying
    .filter(
      ({ tool, outcome, target }) => EDITS.includes(tool) && outcome === 'ok' && target !== '',
    )
    .map(({ target }) => target);
  return [...new Set(edited.reverse())];
}

/** Returns the last shell commands of the main conversation, latest first. */
export function listLastCommands(
  calls: readonly RecentCall[],
  most: number,
): readonly CommandDone[] {
  const own = calls.filter(
    ({ tool, isAgents, target }) => tool === 'Bash' && !isAgents && target !== '',
  );
  return own
    .slice(-most)
    .reverse()
    .map(({ target, outcome, error }) => ({
      command: target,
      outcome,
      error: outcome === 'ok' ? null : error,
    }));
}

/** Maximum number of failures; each costs a lookup. */
const MAX_FAILURES = 10;

interface Candidate extends Omit<OpenFailure, 'fix'> {
  /** Whether a call of the same program succeeded since. */
  readonly isFollowed: boolean;
  /** The program of a shell command. */
  readonly program: string | undefined;
}

/**
 * Returns calls of the main conversation that failed and did not succeed since, latest first, at
 * most {@link MAX_FAILURES}. A wrong call of a program no longer counts after a later call of it
 * that works. A failure that is itself the answer (`grep` finds nothing) does not count.
 */
export function listOpenFailures(
  calls: readonly RecentCall[],
  lessonOf: LessonOf,
): readonly OpenFailure[] {
  const found: OpenFailure[] = [];
  for (const { isFollowed, program: _, ...failure } of candidates(calls)) {
    const lesson = lessonOf({ tool: failure.tool, target: failure.target, error: failure.error });
    if (lesson?.kind === 'information' || (lesson?.kind === 'invocation' && isFollowed)) continue;
    found.push({ ...failure, fix: lesson?.fix ?? null });
    if (found.length === MAX_FAILURES) break;
  }
  return found;
}

function candidates(calls: readonly RecentCall[]): readonly Candidate[] {
  const open = new Map<string, Candidate>();
  for (const call of calls.filter(({ isAgents }) => !isAgents)) {
    const key = keyOf(call);
    const known = open.get(key);
    const program = call.tool === 'Bash' ? programOf(call.target) : undefined;
    if (call.outcome === 'ok') {
      open.delete(key);
      for (const [other, failure] of open)
        if (program !== undefined && failure.program === program && !failure.isFollowed)
          open.set(other, { ...failure, isFollowed: true });
    } else if (call.outcome === 'failed') {
      const { tool, target, error, at } = call;
      open.delete(key); // the latest goes to the end
      open.set(key, {
        tool,
        target,
        error: error ?? 'no reason given',
        count: (known?.count ?? 0) + 1,
        at,
        isFollowed: false,
        program,
      });
    }
  }
  return [...open.values()].reverse();
}

/** Groups calls; any successful edit of a file ends a failed one. */
function keyOf({ tool, target }: RecentCall): string {
  return `${EDITS.includes(tool) ? 'edit' : tool}\n${target.trim().replace(/\s+/g, ' ')}`;
}

/** Returns the first word after `cd …&&` and variable assignments. */
function programOf(command: string): string {
  return /^(?:\s*cd\s+[^&;]+(?:&&|;))*(?:\s*\w+=\S*)*\s*(\S+)/.exec(command)?.[1] ?? '';
}
