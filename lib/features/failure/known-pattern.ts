import { headOf } from '../../core/text.ts';
import { groupBy } from '../../core/group-by.ts';
import { commandShapes } from './command-shape.ts';
import { errorHeadline } from '../../core/error-headline.ts';
import { failedShape } from './blamed-command.ts';
import { CHECKS, RUNS_CODE, TELLS_ABOUT_CODE } from './program-kinds.ts';
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
  /** By the user. */
  readonly isSet: boolean;
  readonly scope: 'project' | 'global';
  /** At most {@link MOST_PROJECTS}, latest first. */
  readonly projects: readonly string[];
  /** At most {@link MOST_COMMANDS} exact commands that failed so, latest first. */
  readonly failed: readonly FailedMoment[];
  /** At most {@link MOST_COMMANDS} exact commands of this key that succeeded, latest first. */
  readonly succeeded: readonly Moment[];
  /** Of this key, after the latest failure. */
  readonly successesSince: number;
}

export interface KnownFix {
  readonly text: string;
  /** `text` is a file; to edit it helped. */
  readonly isEdit: boolean;
  readonly count: number;
  /** It may stand in place of the command: nothing was redacted, cut or generalised. */
  readonly isWhole: boolean;
}

export interface Moment {
  readonly exact: string;
  readonly at: number;
}

export interface FailedMoment extends Moment {
  /** Failures of this very command since it last succeeded or something was done about it. */
  readonly inARow?: number;
}

/** What a view file holds: `views/failures/<first two of key>/<key>.json`. */
export interface FailureView {
  readonly format: 1;
  readonly text: string;
  readonly tool: string;
  readonly patterns: readonly KnownPattern[];
}

export const MOST_PROJECTS = 20;
export const MOST_COMMANDS = 20;

/** Longest error and command that a view holds. */
const ERROR_LIMIT = 200;
const COMMAND_LIMIT = 500;

/** A command of a call that came to an end, in the part that its outcome is about. */
export interface Run {
  readonly tool: string;
  readonly command: string;
  readonly key: string;
  readonly exact: string;
  readonly outcome: 'ok' | 'failed';
  /** Of a failure. */
  readonly pattern: { readonly id: string; readonly text: string; readonly kind: ErrorKind } | null;
  readonly error: string | null;
  readonly session: string;
  readonly project: string;
  readonly at: number;
}

/** That something was done about a failure (an edit of a file that it names, an installation), with no success of the command yet. */
export interface Mend {
  readonly key: string;
  readonly exact: string;
  readonly at: number;
}

/** What worked after one failure. */
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
 * - a pattern is all failures with its id; `count`, `firstAt`, `lastAt` are theirs, `sessions` and `projects` the distinct ones, latest first; error, command and kind are those of the latest;
 * - `failed` has the latest failure of each exact command of the pattern, and how many came after its latest success or mend (`inARow`);
 * - `succeeded` has the latest success of each exact command of the key, `successesSince` counts those after the latest failure of the pattern;
 * - the fix is the text that was learned most often, of equals the latest; one whose own command failed after it was last learned is none;
 * - the scope is global by {@link isForAll}.
 */
export function knownPatterns(
  runs: readonly Run[],
  fixes: readonly LearnedFix[] = [],
  mends: readonly Mend[] = [],
): readonly KnownPattern[] {
  const latestFirst = runs.toSorted((one, other) => other.at - one.at);
  const ids = new Set(latestFirst.flatMap(({ pattern }) => pattern?.id ?? []));
  return [...ids].flatMap((id) => knownPattern(id, latestFirst, fixes, mends) ?? []);
}

/** Seen often enough, in enough places, to hold everywhere. What depends on a project's code is not. */
export function isForAll({
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
 * Whether a failure is about a program that is the same in every project: it is missing, or does not know the option or command that it was given. What a
 * project brings along, or defines, may be another in the next.
 */
export function isOfTheMachine(command: string, kind: ErrorKind, error: string): boolean {
  if (kind !== 'invocation' || PROJECT_DEFINES.test(command)) return false;
  if (/command not found|^\S+: not found$/.test(error)) return true;
  return (
    isUsageError(error) &&
    ![TELLS_ABOUT_CODE, RUNS_CODE, CHECKS].some((programs) => programs().test(command))
  );
}

function knownPattern(
  id: string,
  latestFirst: readonly Run[],
  fixes: readonly LearnedFix[],
  mends: readonly Mend[],
): KnownPattern | undefined {
  const failures = latestFirst.filter(({ pattern }) => pattern?.id === id);
  const [latest] = failures;
  if (latest === undefined || latest.pattern === null) return undefined;
  const projects = distinct(failures.map(({ project }) => project));
  const sessions = distinct(failures.map(({ session }) => session)).length;
  const { text, kind } = latest.pattern;
  const shape = failedShape(latest.tool, latest.command, latest.error ?? '', latest.project).text;
  const scope =
    isForAll({ kind, sessions, projects: projects.length }) || isOfTheMachine(shape, kind, text)
      ? 'global'
      : 'project';
  const successes = latestFirst.filter((run) => run.outcome === 'ok' && run.key === latest.key);
  return {
    ...{ id, tool: latest.tool, error: text, kind, count: failures.length, sessions },
    ...{ firstAt: failures.at(-1)?.at ?? latest.at, lastAt: latest.at },
    ...{
      lastError: headOf(errorHeadline(latest.error ?? '') || text, ERROR_LIMIT),
      lastCommand: headOf(latest.command, COMMAND_LIMIT),
    },
    fix: bestFix(
      fixes.filter(({ pattern }) => pattern === id),
      latestFirst,
    ),
    ...{
      action: 'warn',
      isSet: false,
      scope,
    },
    projects: projects.slice(0, MOST_PROJECTS),
    failed: latestOfEach(failures)
      .slice(0, MOST_COMMANDS)
      .map(({ exact, at }) => ({
        exact,
        at,
        inARow: inARow(exact, failures, [
          ...successes,
          ...mends.filter(({ key }) => key === latest.key),
        ]),
      })),
    succeeded: latestOfEach(successes)
      .slice(0, MOST_COMMANDS)
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
  const exacts = commandShapes('Bash', text).map(({ exact }) => exact);
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
