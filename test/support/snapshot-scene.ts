import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openStore } from '../../lib/snapshots/open-store.ts';
import type { SnapshotRequest } from '../../lib/snapshots/snapshot.ts';
import {
  takeSnapshot,
  type TakeParts,
  type TakenSnapshot,
} from '../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../lib/snapshots/work-tree.ts';
import { tempFolder } from './temp-folder.ts';

/** A repository, and a state folder whose snapshots are of it. */
export interface SnapshotScene {
  readonly folder: string;
  readonly stateRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes a file of the work tree, with the folders above it. */
  write(path: string, content: string | Buffer): void;
  git(...args: string[]): string;
  take(order?: Partial<SnapshotRequest>, parts?: Partial<TakeParts>): Promise<TakenSnapshot>;
  store(): ReturnType<typeof openStore>;
}

/** @param isRepository Whether `git init` was run. */
export function snapshotScene(isRepository = true): SnapshotScene {
  const outside = tempFolder('waymark-snapshots-');
  const folder = join(outside, 'project');
  const home = join(outside, 'home');
  const stateRoot = join(outside, 'state');
  for (const path of [folder, home, stateRoot]) mkdirSync(path, { mode: 0o700 });
  const environment = { PATH: process.env['PATH'], HOME: home };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: environment,
      stdio: 'pipe',
    });
  if (isRepository) git('init', '-q', '-b', 'main', '--template=');
  const place = { environment, stateRoot };
  const tree = () => findWorkTree(folder, { ...place, mayBePlain: true });
  return {
    folder,
    stateRoot,
    environment,
    git,
    write: (path, content) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    take: async (order = {}, parts = {}) =>
      await takeSnapshot(
        await tree(),
        { cause: 'manual', ...order },
        { ...DEFAULTS, ...place, ...parts },
      ),
    store: async () => await openStore(await tree(), place),
  };
}

const DEFAULTS: Omit<TakeParts, 'environment' | 'stateRoot' | 'signal'> &
  Pick<TakeParts, 'signal'> = {
  clock: () => Date.now(),
  limits: { fileBytes: 50_000_000, totalBytes: 1_000_000_000 },
  patienceMs: 10_000,
  signal: new AbortController().signal,
};
