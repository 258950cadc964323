import type { WorkTree } from '../snapshots/work-tree.ts';

/** The end of a turn, whose work is to be committed. */
export interface TurnEnd {
  /** The event that ended it. */
  readonly id: string;
  readonly session: string;
  readonly folder: string;
  /** Head of what was asked; left out where it is not known. */
  readonly prompt?: string | undefined;
  /** What was said last, or the error that ended it. */
  readonly outcome?: string | undefined;
  readonly hasFailed: boolean;
}

/** One path in which the commit differs from its parent. */
export interface CommittedPath {
  readonly status: 'added' | 'changed' | 'removed';
  /** Bytes of the name as latin1 text. */
  readonly path: string;
}

/** What became of a turn. */
export type AutoCommit =
  | {
      readonly kind: 'committed';
      readonly branch: string;
      readonly commit: string;
      readonly parent: string | undefined;
      readonly paths: readonly CommittedPath[];
    }
  /** The files are as in the last commit. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Why there is no commit. */
export interface Refusal {
  readonly cause: 'under-way' | 'conflict' | 'secret' | 'too-large' | 'hook' | 'branch' | 'git';
  /** One line, or what a hook said; not redacted. */
  readonly reason: string;
  /** Files that it is about. */
  readonly paths?: readonly string[];
}

/** Thrown inside of this room alone. */
export class RefusedCommit extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** Names a repository in `autoCommit`: its main work tree, else its git folder. */
export function repositoryKey({ path, repository }: WorkTree): string {
  const common = repository?.commonDir;
  if (common === undefined) return path;
  return common.endsWith('/.git') ? common.slice(0, -'/.git'.length) : common;
}

/** The branch of a session; `undefined` where its id cannot be in the name of one. */
export function branchName(session: string): string | undefined {
  return /^[A-Za-z0-9][\w-]{0,99}$/.test(session) ? `waymark/${session}` : undefined;
}
