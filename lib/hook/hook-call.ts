import type { HookInput } from '../claude/hook-input.ts';
import type { HookConfig } from '../config/resolve-hook-config.ts';
import type { EventDraft } from '../events/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { realPathOr, type StateFolder } from '../core/state-folder.ts';
import type { GitHead } from './git-head.ts';
import type { Speech } from './output.ts';
import type { SessionFolder } from './throttle.ts';

/** Everything that a capture may use. */
export interface HookCall {
  readonly input: HookInput;
  readonly config: HookConfig;
  readonly folder: StateFolder;
  readonly session: SessionFolder;
  /** Whether the gate in front of this hook has counted the operation already. */
  readonly isCounted: boolean;
  /** The git state of the session's folder; read at most once. */
  readonly git: () => GitHead | undefined;
  /** Fields that every payload has: whose event this is, and where. */
  readonly identity: () => JsonObject;
}

/** Decides what an event of Claude Code becomes; nothing, one event or several. It may count, it never enqueues or prints. */
export type Capture = (call: HookCall) => readonly EventDraft[];

/** Decides what the hook says to Claude or to the person. It reads views and may mark what it said; it never enqueues or prints. */
export type Answer = (call: HookCall) => Speech | undefined;

interface CallParts {
  readonly input: HookInput;
  readonly config: HookConfig;
  readonly folder: StateFolder;
  readonly session: SessionFolder;
  readonly isCounted: boolean;
  /** What Claude Code says is the project's folder. */
  readonly projectFolder: string | undefined;
  /** Where Claude Code keeps its settings and transcripts, if the environment names it. */
  readonly configFolder?: string | undefined;
  readonly readGit: (folder: string) => GitHead | undefined;
}

export function hookCall({ projectFolder, configFolder, readGit, ...parts }: CallParts): HookCall {
  // one name for a project, whichever link it is reached through; what is gone keeps its name
  const real = (path: string): string => (path === '' ? path : realPathOr(path));
  const project = real(projectFolder ?? parts.input.cwd);
  let known: { readonly head: GitHead | undefined } | undefined;
  const git = (): GitHead | undefined => {
    known ??= { head: readGit(real(parts.input.cwd) || project) };
    return known.head;
  };
  return {
    ...parts,
    git,
    identity: () => ({
      ...identityOf(parts.input, project, git()),
      ...(configFolder === undefined ? {} : { config_folder: configFolder }),
    }),
  };
}

function identityOf(input: HookInput, project: string, git: GitHead | undefined): JsonObject {
  return {
    session_id: input.sessionId,
    ...(input.agentId === undefined ? {} : { agent_id: input.agentId }),
    ...(input.agentType === undefined ? {} : { agent_type: input.agentType }),
    ...(input.promptId === undefined ? {} : { prompt_id: input.promptId }),
    project,
    cwd: input.cwd,
    // null tells the worker that there is none; left out, they would say nothing about it
    worktree: git?.worktree ?? null,
    repository: git?.repository ?? null,
    ...(input.transcriptPath === undefined ? {} : { transcript_path: input.transcriptPath }),
  };
}
