import { readHookInput } from '../../lib/claude/hook-input.ts';
import { type HookConfig, resolveHookConfig } from '../../lib/config/resolve-hook-config.ts';
import type { EventDraft } from '../../lib/events/envelope.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import type { GitHead } from '../../lib/hook/git-head.ts';
import { type HookCall, hookCall } from '../../lib/hook/hook-call.ts';
import { sessionFolder } from '../../lib/hook/throttle.ts';
import { recordedInput } from './run-hook.ts';
import { tempFolder } from './temp-folder.ts';

export const GIT: GitHead = {
  worktree: '/home/user/project',
  repository: '/home/user/project/.git',
  head: 'c0ffee'.repeat(6).padEnd(40, '0'),
  branch: 'main',
};

export interface CallChanges {
  /** Fields of the payload in place of the recorded ones. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly config?: Partial<HookConfig>;
  readonly isCounted?: boolean;
  readonly git?: GitHead | undefined;
  readonly root?: string;
}

/** What a capture gets when the client sends a recorded payload, in a throw-away state folder. */
export function recordedCall(
  fixture: string,
  { fields = {}, config = {}, isCounted = false, root = tempFolder(), ...rest }: CallChanges = {},
): HookCall {
  const input = readHookInput(JSON.stringify({ ...recordedInput(fixture), ...fields }));
  if ('problem' in input) throw new Error(`Cannot use ${fixture}: ${input.problem}`);
  const folder = stateFolderAt(root);
  const values = { ...resolveHookConfig({ environment: {} }).values, ...config };
  const git = 'git' in rest ? rest.git : GIT;
  const session = sessionFolder(folder.throttle, input.sessionId);
  return hookCall({
    input,
    config: values,
    folder,
    session,
    isCounted,
    projectFolder: '/home/user/project',
    readGit: () => git,
    command: () => 'waymark',
  });
}

/** A draft as it will be read: fields without a value are gone. */
export function asRead(drafts: readonly EventDraft[]): readonly EventDraft[] {
  return JSON.parse(JSON.stringify(drafts));
}

/** What every event of the recorded session says of itself. */
export const RECORDED_IDENTITY = {
  project: '/home/user/project',
  cwd: '/home/user/project',
  worktree: GIT.worktree,
  repository: GIT.repository,
};
