import type { GitState } from '../../git/git-state.ts';
import type { ResumeState } from './resume-state.ts';

/** Caches the last git state of each session. */
export interface GitCache {
  readonly known: (session: string) => GitState | undefined;
  /** Runs git again if needed, and reports the result; does nothing otherwise. */
  readonly ask: (where: ResumeState, report: (state: GitState | undefined) => void) => void;
}

interface Known {
  readonly state: GitState | undefined;
  readonly askedAt: number;
  /** The checkpoint at which git was run. */
  readonly checkpoint: number;
  /** The latest caller that waits for the result. */
  readonly report: ((state: GitState | undefined) => void) | undefined;
}

/** Checkpoints after which a hook may soon need the result. */
const WORTH_ASKING = ['stop', 'pre-compact', 'session-end'];
const OLD_MS = 60_000;

/** How long the result for one session is reused for others of the same work tree. */
const SHARED_MS = 1_000;
const MAX_SESSIONS = 64;

/**
 * Creates the cache. It runs git after a turn, before a compaction and at the end, else at most
 * once a minute; never twice at once for a session.
 */
export function createGitCache(
  readGit: (folder: string) => Promise<GitState | undefined>,
  clock: () => number,
): GitCache {
  const all = new Map<string, Known>();
  const ask = sharingReads(readGit, clock);
  const keep = (session: string, known: Known): void => {
    all.delete(session);
    all.set(session, known);
    for (const oldest of all.keys()) if (all.size > MAX_SESSIONS) all.delete(oldest);
  };
  return {
    known: (session) => all.get(session)?.state,
    ask: ({ session, worktree, lastCheckpoint }, report) => {
      if (worktree === null) return;
      const before = all.get(session);
      if (before?.report !== undefined) return keep(session, { ...before, report });
      const checkpoint =
        lastCheckpoint !== null && WORTH_ASKING.includes(lastCheckpoint.kind)
          ? lastCheckpoint.at
          : 0;
      const age =
        before === undefined ? Number.POSITIVE_INFINITY : Math.abs(clock() - before.askedAt);
      if (age < OLD_MS && checkpoint <= (before?.checkpoint ?? 0)) return;
      keep(session, {
        state: before?.state,
        askedAt: clock(),
        checkpoint: Math.max(checkpoint, before?.checkpoint ?? 0),
        report,
      });
      void ask(session, worktree).then((state) => {
        const now = all.get(session);
        if (now === undefined) return;
        keep(session, { ...now, state, report: undefined });
        now.report?.(state);
      });
    },
  };
}

/** Sessions of one work tree that ask at nearly the same time share one run of git. */
function sharingReads(
  readGit: (folder: string) => Promise<GitState | undefined>,
  clock: () => number,
): (session: string, worktree: string) => Promise<GitState | undefined> {
  let last: {
    readonly session: string;
    readonly worktree: string;
    readonly at: number;
    readonly answer: Promise<GitState | undefined>;
  } = { session: '', worktree: '', at: 0, answer: Promise.resolve(undefined) };
  return (session, worktree) => {
    const now = clock();
    const isShared = last.worktree === worktree && last.session !== session;
    if (!isShared || Math.abs(now - last.at) > SHARED_MS)
      last = { session, worktree, at: now, answer: readGit(worktree) };
    return last.answer;
  };
}
