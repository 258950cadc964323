import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AutoCommit, TurnEnd } from '../../lib/auto-commit/auto-commit.ts';
import { type CommitParts, makeCommit } from '../../lib/auto-commit/make-commit.ts';
import { findWorkTree } from '../../lib/snapshots/work-tree.ts';
import { type SnapshotScene, snapshotScene } from './snapshot-scene.ts';

/** A repository with one commit, in which turns are committed. */
export interface CommitScene extends SnapshotScene {
  /** Makes a hook of the repository from a script of sh. */
  hook(name: string, script: string): void;
  /** Ends a turn. */
  commit(turn?: Partial<TurnEnd>, parts?: Partial<CommitParts>): Promise<AutoCommit>;
  /** What `git` prints, without the last line break. */
  ask(...args: string[]): string;
  readonly temporary: string;
}

export const BRANCH = 'waymark/session-1';

export function commitScene(): CommitScene {
  const scene = snapshotScene();
  const temporary = join(scene.stateRoot, '../tmp');
  mkdirSync(temporary);
  scene.git('config', 'user.name', 'Ada');
  scene.git('config', 'user.email', 'ada@example.org');
  scene.write('a', 'one\n');
  scene.git('add', 'a');
  scene.git('commit', '-qm', 'first');
  return {
    ...scene,
    temporary,
    hook: (name, script) => {
      mkdirSync(`${scene.folder}/.git/hooks`, { recursive: true });
      const path = `${scene.folder}/.git/hooks/${name}`;
      writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    commit: async (turn = {}, parts = {}) => {
      const place = { environment: scene.environment, stateRoot: scene.stateRoot };
      const { repository, ...tree } = await findWorkTree(turn.folder ?? scene.folder, place);
      if (repository === undefined) throw new Error('The scene has no repository.');
      return await makeCommit(
        { ...tree, repository },
        { ...TURN, ...turn },
        {
          ...{ ...place, temporary, signal: new AbortController().signal, hooksMs: 20_000 },
          ...parts,
        },
      );
    },
    ask: (...args) => scene.git(...args).replace(/\n$/, ''),
  };
}

const TURN: Omit<TurnEnd, 'folder'> & { readonly folder: string } = {
  ...{ id: 'evt-1', session: 'session-1', folder: '' },
  ...{ prompt: 'Fix the total', outcome: 'It adds up now.', hasFailed: false },
};
