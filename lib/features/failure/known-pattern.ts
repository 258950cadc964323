import { headOf } from '../../core/text.ts';
import { groupBy } from '../../core/group-by.ts';
import { computeCommandShapes } from './command-shape.ts';
import { errorHeadline } from '../../core/error-headline.ts';
import { findFailedShape } from './blamed-command.ts';
import { CHECKS, RUNS_CODE, REPORTS_ON_CODE } from './program-kinds.ts';
import { isUsageError } from './usage-signs.ts';
import type { ErrorKind } from './error-kind.ts';

/** What is known about one way in which calls of one shape fail. Times are milliseconds. */
export interface KnownPattern {
  readonly id: string;
  readonly tool: string;
  readonly error: string;
  readonly kind: ErrorKind;
  readonly count: number;
  readonly sessions: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly lastError: string;
  readonly lastCommand: string;
  readonly fix: KnownFix | null;
  readonly action: 'warn' | 'ask' | 'deny' | 'auto-fix' | 'mute';
  /** Set by the user. */
  readonly isSet: boolean;
  readonly scope: 'project' | 'global';
  /** At most {@link MAX_PROJECTS}, latest first; of the team `*` and the name of a folder. */
  readonly projects: readonly string[];
  /** At most {@link MAX_COMMANDS} exact commands that failed in this way, latest first. */
  readonly failed: readonly FailedMoment[];
  /** At most {@link MAX_COMMANDS} exact commands of this key that succeeded, latest first. */
  readonly succeeded: readonly Moment[];
  /** Successes of this key after the latest failure. */
  readonly successesSince: number;
  /** What comes from the team; left out: nothing. */
  readonly team?: TeamKnowledge;
}

/** What the team adds to a pattern. It never says who or where. */
export interface TeamKnowledge {
  /** Number of people to whom it happened. */
  readonly people: number;
  /** Whether a person confirmed the fix. */
  readonly isConfirmed: boolean;
  /** Whether only the fix is the team's: the command has failed on this machine, too. */
  readonly isFixOnly: boolean;
  /** Folders of this machine whose commands are shared; `*` is any. It applies only there. */
  readonly within: readonly string[];
}

export interface KnownFix {
  readonly text: string;
  /** Whether `text` is a file whose edit was the fix. */
  readonly isEdit: boolean;
  readonly count: number;
  /** Whether it can replace the command: nothing was redacted, cut or generalised. */
  readonly isWhole: boolean;
}

export interface Moment {
  readonly exact: string;
  readonly at: number;
}

export interface FailedMoment extends Moment {
  /** Failures of exactly this command since it last succeeded or something was done about it. */
  readonly inARow?: number;
}

/** Content of a view file: `views/failures/<first two of key>/<key>.json`. */
export interface FailureView {
  readonly format: 1;
  readonly text: string;
  readonly tool: string;
  readonly patterns: readonly KnownPattern[];
}

export const MAX_PROJECTS = 20;
export const MAX_COMMANDS = 20;

/** Longest error and command in a view. */
const ERROR_LIMIT = 200;
const COMMAND_LIMIT = 500;

/** A command of a finished call: the part that its outcome is about. */
export interface Run {
  readonly tool: string;
  readonly command: string;
  readonly key: string;
  readonly exact: string;
  readonly outcome: 'ok' | 'failed';
  /** The pattern of a failure. */
  readonly pattern: { readonly id: string; readonly text: string; readonly kind: ErrorKind } | null;
  readonly error: string | null;
  readonly session: string;
  readonly project: string;
  readonly at: number;
}

/**
 * Records that something was done about a failure (an edit of a file that it names, an
 * installation) before the command succeeds.
 */
export interface FixAttempt {
  readonly key: string;
  readonly exact: string;
  readonly at: number;
}

/** A fix that worked after one failure. */
export interface LearnedFix {
  /** The call that failed. */
  readonly evidence: string;
  readonly pattern: string;
  readonly text: string;
  readonly isEdit: boolean;
  readonly isWhole: boolean;
  readonly at: number;
}

/**
 * What is known after `runs` of a key and of the commands that are fixes, whatever their order:
 * - a pattern is all failures with its id; `count`, `firstAt`, `lastAt` are theirs, `sessions` and
 *   `projects` the distinct ones, latest first; error, command and kind are those of the latest;
 * - `failed` has the latest failure of each exact command of the pattern, and how many came after
 *   its latest success or mend (`inARow`);
 * - `succeeded` has the latest success of each exact command of the key, `successesSince` counts
 *   those after the latest failure of the pattern;
 * - the fix is the text that was learned most often, of equals the latest; one whose own command
 *   failed after it was last learned is none;
 * - the scope is global by {@link isGlobalPattern}.
 */
export function derivePatterns(
  runs: readonly Run[],
  fixes: readonly LearnedFix[] = [],
  mends: readonly FixAttempt[] = [],
): readonly KnownPattern[] {
  const latestFirst = runs.toSorted((one, other) => other.at - one.at);
  const ids = new Set(latestFirst.flatMap(({ pattern }) => pattern?.id ?? []));
  return [...ids].flatMap((id) => knownPattern(id, latestFirst, fixes, mends) ?? []);
}

/**
 * Whether a pattern occurred often enough, in enough places, to apply everywhere. Patterns that
 * depend on a project's code do not.
 */
export function isGlobalPattern({
  kind,
  sessions,
  projects,
}: {
  readonly kind: ErrorKind;
  readonly sessions: number;
  readonly projects: number;
}): boolean {
  return sessions >= 3 && projects >= 2 && (kind === 'invocation' || kind === 'environment');
}

/** Programs whose commands a project defines. */
const PROJECT_DEFINES =
  /^(?:\.\/|(?:composer|bundle|rails|rake|mix|gradle|mvn|sbt|nx|turbo|lerna|php|poetry|uv|pipenv|hatch|ng|expo|vendor)(?: |$))/;

/**
 * Whether a failure is about a program that is the same in every project: it is missing, or does
 * not know the option or command that it got. Programs that a project brings or defines may differ
 * in the next project.
 */
export function isProjectIndependent(command: string, kind: ErrorKind, error: string): boolean {
  if (kind !== 'invocation' || PROJECT_DEFINES.test(command)) return false;
  if (/command not found|^\S+: not found$/.test(error)) return true;
  return (
    isUsageError(error) &&
    ![REPORTS_ON_CODE, RUNS_CODE, CHECKS].some((programs) => programs().test(command))
  );
}

function knownPattern(
  id: string,
  latestFirst: readonly Run[],
  fixes: readonly LearnedFix[],
  mends: readonly FixAttempt[],
): KnownPattern | undefined {
  const failures = latestFirst.filter(({ pattern }) => pattern?.id === id);
  const [latest] = failures;
  if (latest === undefined || latest.pattern === null) return undefined;
  const projects = distinct(failures.map(({ project }) => project));
  const sessions = distinct(failures.map(({ session }) => session)).length;
  const { text, kind } = latest.pattern;
  const shape = findFailedShape(
    latest.tool,
    latest.command,
    latest.error ?? '',
    latest.project,
  ).text;
  const scope =
    isGlobalPattern({ kind, sessions, projects: projects.length }) ||
    isProjectIndependent(shape, kind, text)
      ? 'global'
      : 'project';
  const fix = bestFix(
    fixes.filter(({ pattern }) => pattern === id),
    latestFirst,
  );
  // a script that another project has is still missing in this one, whose own name is known
  const isOfProject = scope === 'project' && kind === 'invocation' && fix !== null;
  const successes = latestFirst.filter(
    (run) =>
      run.outcome === 'ok' &&
      run.key === latest.key &&
      (!isOfProject || projects.includes(run.project)),
  );
  return {
    ...{ id, tool: latest.tool, error: text, kind, count: failures.length, sessions },
    ...{ firstAt: failures.at(-1)?.at ?? latest.at, lastAt: latest.at },
    ...{
      lastError: headOf(errorHeadline(latest.error ?? '') || text, ERROR_LIMIT),
      lastCommand: headOf(latest.command, COMMAND_LIMIT),
    },
    fix,
    ...{
      action: 'warn',
      isSet: false,
      scope,
    },
    projects: projects.slice(0, MAX_PROJECTS),
    failed: latestOfEach(failures)
      .slice(0, MAX_COMMANDS)
      .map(({ exact, at }) => ({
        exact,
        at,
        inARow: inARow(exact, failures, [
          ...successes,
          ...mends.filter(({ key }) => key === latest.key),
        ]),
      })),
    succeeded: latestOfEach(successes)
      .slice(0, MAX_COMMANDS)
      .map(({ exact, at }) => ({ exact, at })),
    successesSince: successes.filter(({ at }) => at > latest.at).length,
  };
}

function inARow(exact: string, failures: readonly Moment[], ends: readonly Moment[]): number {
  const end = Math.max(
    ...ends.flatMap((moment) => (moment.exact === exact ? moment.at : [])),
    Number.NEGATIVE_INFINITY,
  );
  return failures.filter((failure) => failure.exact === exact && failure.at > end).length;
}

function bestFix(fixes: readonly LearnedFix[], runs: readonly Run[]): KnownFix | null {
  const [best] = [...groupBy(fixes, ({ text }) => text).values()]
    .flatMap((group) => {
      const [latest] = group.toSorted((one, other) => other.at - one.at);
      return latest === undefined || hasFailedSince(latest, runs)
        ? []
        : { latest, count: group.length };
    })
    .sort((one, other) => other.count - one.count || other.latest.at - one.latest.at);
  if (best === undefined) return null;
  const { text, isEdit, isWhole } = best.latest;
  return { text, isEdit, isWhole, count: best.count };
}

function hasFailedSince({ text, isEdit, at }: LearnedFix, runs: readonly Run[]): boolean {
  if (isEdit) return false;
  const exacts = computeCommandShapes('Bash', text).map(({ exact }) => exact);
  return runs.some((run) => run.outcome === 'failed' && run.at > at && exacts.includes(run.exact));
}

function latestOfEach(latestFirst: readonly Run[]): readonly Run[] {
  return latestFirst.filter(
    ({ exact }, index) => latestFirst.findIndex((other) => other.exact === exact) === index,
  );
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
