import { isoTime } from '../core/clock.ts';
import { type GitState, readGitState, FOR_A_COMMAND } from '../git/git-state.ts';
import { hasWork, formatResumeText } from '../features/resume/resume-text.ts';
import { type ResumeState, readResumeState } from '../features/resume/resume-state.ts';
import type { Database } from '../store/database.ts';
import { isOfTeam } from './store-view.ts';
import { findSession, type Scope, type CommandLocation } from './find-session.ts';
import { createLessonLookup } from '../features/failure/lesson-lookup.ts';

/** What `resume --json` shows. Field names are a contract. */
export interface ResumeReport extends ResumeState {
  /** `lastEventAt` as every other JSON has times: ISO 8601. */
  readonly lastEventTime: string;
  readonly failures: ReadonlyArray<OpenFailure & { readonly time: string }>;
  readonly lastCheckpoint: (Checkpoint & { readonly time: string }) | null;
  /** As the work tree is now; `null` outside a work tree, and in the store of a team. */
  readonly git: GitState | null;
  /** Whether there was work to continue, not only talk. */
  readonly hasWork: boolean;
  /** The text for Claude; `null` if there is none. */
  readonly text: string | null;
}

type Checkpoint = NonNullable<ResumeState['lastCheckpoint']>;
type OpenFailure = ResumeState['failures'][number];

/** Where `last` looks, what git is run with, and what starts waymark for who reads the text. */
export interface ResumePlace {
  readonly scope: Scope;
  readonly environment: CommandLocation['environment'];
  readonly command: () => string;
}

/**
 * Returns where a session was, with the state of its work tree; `undefined` without a session.
 * @param wanted An id, the beginning of one, or `last`, the latest of `scope`.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE for an ambiguous id.
 */
export async function readResume(
  database: Database,
  wanted: string,
  { scope, environment, command }: ResumePlace,
): Promise<ResumeReport | undefined> {
  const session = await findSession(database, wanted, scope);
  const where = readResumeState(database, session, createLessonLookup(database));
  if (where === undefined) return undefined;
  // the path of a teammate's work tree may be another one here
  const worktree = isOfTeam(database) ? null : where.worktree;
  const git =
    worktree === null ? undefined : await readGitState(worktree, environment, FOR_A_COMMAND);
  const { lastEventAt, failures, lastCheckpoint } = where;
  return {
    ...where,
    lastEventTime: isoTime(lastEventAt),
    failures: failures.map((failure) => ({ ...failure, time: isoTime(failure.at) })),
    lastCheckpoint:
      lastCheckpoint === null ? null : { ...lastCheckpoint, time: isoTime(lastCheckpoint.at) },
    git: git ?? null,
    hasWork: hasWork(where),
    text: formatResumeText(where, git, command) ?? null,
  };
}
