import { describe, expect, it } from 'vitest';
import { createGitCache } from '../../../../lib/features/resume/git-cache.ts';
import type { GitState } from '../../../../lib/git/git-state.ts';
import type { ResumeState } from '../../../../lib/features/resume/resume-state.ts';

/** A git that answers when it is told to. */
function slowGit() {
  const waiting: ((state: GitState) => void)[] = [];
  return { waiting, read: () => new Promise<GitState>((resolve) => waiting.push(resolve)) };
}

const STATE: GitState = { branch: 'main', changed: 1, files: ['M a'] };

function where(kind: string, at: number, worktree: string | null = '/p'): ResumeState {
  const rest = {
    project: '/p',
    ended: false,
    lastEventAt: 0,
    prompts: [],
    todos: { open: [], total: 0 },
    failures: [],
    files: [],
    commands: [],
    branch: null,
  };
  return {
    session: 's1',
    worktree,
    ...rest,
    lastCheckpoint: { at, kind, operations: 0, note: null },
  };
}

describe('gitCache', () => {
  it('asks once at a time, and tells the latest that asked', async () => {
    const git = slowGit();
    const cache = createGitCache(git.read, () => 1_000);
    const told: string[] = [];
    cache.ask(where('auto', 1), () => told.push('first'));
    cache.ask(where('stop', 2), () => told.push('second'));
    expect(git.waiting).toHaveLength(1);
    git.waiting[0]?.(STATE);
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual(['second']);
    expect(cache.known('s1')).toEqual(STATE);
  });

  it('asks again after a turn, a compaction, an end or a minute, and not between', async () => {
    let now = 100_000;
    const asked: number[] = [];
    const cache = createGitCache(
      () => {
        asked.push(now);
        return Promise.resolve(STATE);
      },
      () => now,
    );
    const ask = async (kind: string, at: number): Promise<number> => {
      cache.ask(where(kind, at), () => undefined);
      await Promise.resolve();
      await Promise.resolve();
      return asked.length;
    };
    expect(await ask('auto', 1)).toBe(1);
    expect(await ask('auto', 2)).toBe(1);
    expect(await ask('stop', 3)).toBe(2);
    expect(await ask('stop', 3)).toBe(2);
    expect(await ask('pre-compact', 4)).toBe(3);
    now += 61_000;
    expect(await ask('auto', 5)).toBe(4);
  });

  it('starts git once for two sessions of one work tree that ask at nearly the same time', () => {
    const git = slowGit();
    let now = 100_000;
    const cache = createGitCache(git.read, () => now);
    const ask = (session: string): void =>
      cache.ask({ ...where('stop', 1), session }, () => undefined);
    ask('s1');
    ask('s2');
    expect(git.waiting).toHaveLength(1);
    now += 1_001;
    ask('s3');
    expect(git.waiting).toHaveLength(2);
  });

  it('asks nothing outside a work tree', () => {
    const git = slowGit();
    createGitCache(git.read, () => 0).ask(where('stop', 1, null), () => undefined);
    expect(git.waiting).toEqual([]);
  });
});
