import { headOf } from '../../core/text.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Row } from '../../store/database.ts';
import { errorHeadline } from '../../core/error-headline.ts';
import {
  type FailedMoment,
  type KnownPattern,
  MAX_COMMANDS,
  MAX_PROJECTS,
  type Run,
} from './known-pattern.ts';
import { readFailedMoments, readKind, keepLatestOfEach, readBaseProjects } from './read-base.ts';

const ERROR_LIMIT = 200;

interface Common {
  readonly id: string;
  readonly tool: string;
  readonly error: string;
  /** Successes of the same command, latest first. */
  readonly successes: readonly Run[];
}

/** Merges a pattern with what is known besides its runs: sums of deleted sessions, and imports. */
export function mergeBases(
  known: KnownPattern | undefined,
  bases: readonly Row[],
  common: Common,
): KnownPattern | undefined {
  return bases.reduce(
    (pattern, base) =>
      pattern === undefined
        ? fromBase(base, common)
        : joined(pattern, fromBase(base, common), common),
    known,
  );
}

function fromBase(base: Row, { id, tool, error, successes }: Common): KnownPattern {
  const number = (column: string): number => numberField(base, column) ?? 0;
  const lastAt = number('last_at');
  return {
    ...{
      id,
      tool,
      error,
      kind: readKind(base),
      count: number('count'),
      sessions: number('sessions'),
      firstAt: number('first_at'),
      lastAt,
    },
    lastError: headOf(errorHeadline(stringField(base, 'last_error') ?? '') || error, ERROR_LIMIT),
    lastCommand: stringField(base, 'last_command') ?? '',
    ...{
      fix: null,
      action: 'warn',
      isSet: false,
      scope: 'project',
      projects: readBaseProjects(base),
      failed: readFailedMoments(base),
    },
    succeeded: keepLatestOfEach(successes).slice(0, MAX_COMMANDS),
    successesSince: successes.filter(({ at }) => at > lastAt).length,
  };
}

function joined(one: KnownPattern, other: KnownPattern, { successes }: Common): KnownPattern {
  const latest = other.lastAt > one.lastAt ? other : one;
  return {
    ...latest,
    count: one.count + other.count,
    sessions: one.sessions + other.sessions,
    firstAt: Math.min(one.firstAt, other.firstAt),
    projects: [...new Set([...one.projects, ...other.projects])].slice(0, MAX_PROJECTS),
    failed: joinedMoments(one.failed, other.failed).slice(0, MAX_COMMANDS),
    succeeded: keepLatestOfEach(successes).slice(0, MAX_COMMANDS),
    successesSince: successes.filter(({ at }) => at > latest.lastAt).length,
  };
}

/** `inARow` is known only from runs. */
function joinedMoments(
  one: readonly FailedMoment[],
  other: readonly FailedMoment[],
): readonly FailedMoment[] {
  const counts = new Map(
    [...other, ...one].flatMap(({ exact, inARow }) =>
      inARow === undefined ? [] : [[exact, inARow]],
    ),
  );
  return keepLatestOfEach([...one, ...other]).map(({ exact, at }) => {
    const inARow = counts.get(exact);
    return { exact, at, ...(inARow === undefined ? {} : { inARow }) };
  });
}
