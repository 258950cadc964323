import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { ActionContext } from '../../lib/actions/action-context.ts';
import {
  type CodeRestoreRequest,
  prepareRestore,
  prepareUndo,
  type ReadyRestore,
} from '../../lib/actions/restore-code/prepare-restore.ts';
import {
  restoreCode,
  type CodeRestoreResult,
} from '../../lib/actions/restore-code/restore-code.ts';
import { openRestoreContext } from '../../lib/actions/restore-code/restore-context.ts';
import type { Snapshot, SnapshotRequest } from '../../lib/snapshots/snapshot.ts';
import { takeSnapshot } from '../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../lib/snapshots/work-tree.ts';
import { tempFolder } from './temp-folder.ts';
import { testHome } from './test-home.ts';

export const SESSION = 'aaaa1111-0000-4000-8000-000000000001';

/** A repository with snapshots in a state folder of its own, and restores of it. */
export function codeScene({
  fileBytes = 1 << 20,
  root = `${tempFolder()}/repo`,
}: {
  readonly fileBytes?: number;
  readonly root?: string;
} = {}) {
  mkdirSync(root, { recursive: true });
  const home = testHome();
  const user = tempFolder();
  const environment = {
    ...{ PATH: process.env['PATH'], HOME: user, WAYMARK_HOME: home.folder.root },
    ...{ WAYMARK_AUTOSTART: '0', GIT_CONFIG_NOSYSTEM: '1' },
  };
  let now = Date.now();
  const clock = (): number => now;
  const actionContext: ActionContext = { folder: home.folder, environment, clock };
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      ...{ cwd: root, encoding: 'utf8' },
      env: { ...environment, PATH: process.env['PATH'] ?? '' },
      stdio: 'pipe',
    });
  const write = (path: string, text: string | Buffer, mode?: number): void => {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    writeFileSync(`${root}/${path}`, text);
    if (mode !== undefined) chmodSync(`${root}/${path}`, mode);
  };
  const shoot = async (order: Partial<SnapshotRequest> = {}): Promise<Snapshot> => {
    now += 1_000;
    const tree = await findWorkTree(root, {
      environment,
      stateRoot: home.folder.root,
      mayBePlain: true,
    });
    const { snapshot } = await takeSnapshot(
      tree,
      { cause: 'manual', session: SESSION, ...order },
      {
        ...{ stateRoot: home.folder.root, environment, clock, patienceMs: 5_000 },
        limits: { fileBytes, totalBytes: 1 << 30 },
        signal: new AbortController().signal,
      },
    );
    return snapshot;
  };
  const inGround = async <T>(
    work: (ground: Awaited<ReturnType<typeof openRestoreContext>>) => Promise<T>,
  ): Promise<T> => {
    now += 1_000;
    const ground = await openRestoreContext(actionContext, root);
    try {
      return await work(ground);
    } finally {
      ground.release();
    }
  };
  const prepare = (
    checkpoint: string,
    more: Partial<CodeRestoreRequest> = {},
  ): Promise<ReadyRestore> =>
    inGround((ground) =>
      prepareRestore(ground, { cwd: root, checkpoint, paths: [], removesNew: false, ...more }),
    );
  const restore = (
    checkpoint: string,
    more: Partial<CodeRestoreRequest> = {},
  ): Promise<CodeRestoreResult> =>
    inGround(async (ground) =>
      restoreCode(
        ground,
        await prepareRestore(ground, {
          cwd: root,
          checkpoint,
          paths: [],
          removesNew: false,
          ...more,
        }),
      ),
    );
  const undo = (): Promise<CodeRestoreResult> =>
    inGround(async (ground) => restoreCode(ground, await prepareUndo(ground)));
  git('init', '-q', '-b', 'main');
  return {
    ...{
      root,
      home,
      actionContext,
      environment,
      git,
      write,
      shoot,
      prepare,
      restore,
      undo,
      inGround,
      clock,
    },
    advance: (ms: number): void => {
      now += ms;
    },
    text: (path: string): string => readFileSync(`${root}/${path}`, 'utf8'),
    has: (path: string): boolean =>
      lstatSync(`${root}/${path}`, { throwIfNoEntry: false }) !== undefined,
    remove: (path: string): void => rmSync(`${root}/${path}`, { recursive: true }),
    /** Names every byte, mode and time of change in the repository's `.git`. */
    gitState: (): string => stateOf(`${root}/.git`),
    /** The same of the work tree without it; times as exact as a file can be given one. */
    treeState: (): string => stateOf(root, ['.git']),
  };
}

/** One line for each file and folder. */
export function stateOf(folder: string, without: readonly string[] = []): string {
  return linesOf(folder, '', without).join('\n');
}

function linesOf(root: string, below: string, without: readonly string[]): readonly string[] {
  return readdirSync(`${root}${below}`)
    .toSorted()
    .filter((name) => !without.includes(name))
    .flatMap((name) => {
      const path = `${below}/${name}`;
      const found = lstatSync(`${root}${path}`, { bigint: true });
      const mode = (found.mode & 0o7777n).toString(8);
      if (found.isDirectory()) return [`${mode} ${path}/`, ...linesOf(root, path, without)];
      const bytes = found.isFile() ? readFileSync(`${root}${path}`) : Buffer.alloc(0);
      const hash = createHash('sha1').update(bytes).digest('hex').slice(0, 12);
      return [`${mode} ${found.mtimeNs / 1000n} ${found.size} ${hash} ${path}`];
    });
}
