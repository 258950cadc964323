/** One call of a session. Lists have the oldest first. */
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
  /** What worked instead, if that is known. */
  readonly fix: string | null;
}

/** What is known of a failure from elsewhere. */
export interface Lesson {
  /** `information`: its failure is the answer; `invocation`: a wrong program, option or name; else anything. */
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

/** Without a commit in sight, files that were edited within this many calls are in flight. */
const FLIGHT_CALLS = 50;

/** Files that were edited since the last commit, or lately; latest first. */
export function filesInFlight(calls: readonly RecentCall[]): readonly string[] {
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

/** The last shell commands of the main chain, latest first. */
export function lastCommands(calls: readonly RecentCall[], most: number): readonly CommandDone[] {
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

/** Enough for any reader; each costs a lookup. */
const MOST_FAILURES = 10;

interface Candidate extends Omit<OpenFailure, 'fix'> {
  /** Whether a call of the same program went well since. */
  readonly isFollowed: boolean;
  /** Of a shell command. */
  readonly program: string | undefined;
}

/**
 * Calls of the main chain that failed and did not succeed since, latest first, at most {@link MOST_FAILURES}. A wrong way of calling a program is over
 * with the next call of it that works, and a failure that is itself the answer (`grep` finds nothing) was none.
 */
export function openFailures(
  calls: readonly RecentCall[],
  lessonOf: LessonOf,
): readonly OpenFailure[] {
  const found: OpenFailure[] = [];
  for (const { isFollowed, program: _, ...failure } of candidates(calls)) {
    const lesson = lessonOf({ tool: failure.tool, target: failure.target, error: failure.error });
    if (lesson?.kind === 'information' || (lesson?.kind === 'invocation' && isFollowed)) continue;
    found.push({ ...failure, fix: lesson?.fix ?? null });
    if (found.length === MOST_FAILURES) break;
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

/** Any successful edit of a file ends a failed one. */
function keyOf({ tool, target }: RecentCall): string {
  return `${EDITS.includes(tool) ? 'edit' : tool}\n${target.trim().replace(/\s+/g, ' ')}`;
}

/** The first word behind `cd …&&` and settings of variables. */
function programOf(command: string): string {
  return /^(?:\s*cd\s+[^&;]+(?:&&|;))*(?:\s*\w+=\S*)*\s*(\S+)/.exec(command)?.[1] ?? '';
}
