import type { HookInput } from '../claude/hook-input.ts';
import type { HookConfig } from '../config/resolve-hook-config.ts';
import type { EventDraft } from '../events/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { realPathOr, type StateFolder } from '../core/state-folder.ts';
import type { GitHead } from './git-head.ts';
import type { HookOutput } from './output.ts';
import type { SessionFolder } from './throttle.ts';

/** What a capture may use. */
export interface HookCall {
  readonly input: HookInput;
  readonly config: HookConfig;
  readonly folder: StateFolder;
  readonly session: SessionFolder;
  /** Whether the gate in front of this hook already counted the operation. */
  readonly isCounted: boolean;
  /** Returns the git state of the session's folder; reads it once. */
  readonly git: () => GitHead | undefined;
  /** Returns the command that starts waymark in the folder of the session. */
  readonly command: () => string;
  /** How the client was started, in its own words: `cli`, `sdk-cli` for `claude -p`. */
  readonly entrypoint?: string | undefined;
  /** Returns the fields that every payload has: whose event this is, and where. */
  readonly identity: () => JsonObject;
}

/** Maps a hook call to event drafts: none, one or several. May count; never enqueues or prints. */
export type Capture = (call: HookCall) => readonly EventDraft[];

/**
 * Decides what the hook says to Claude or to the user. Reads views and may mark what it said; never
 * enqueues or prints.
 */
export type Answer = (call: HookCall) => HookOutput | undefined;

interface CallParts {
  readonly input: HookInput;
  readonly config: HookConfig;
  readonly folder: StateFolder;
  readonly session: SessionFolder;
  readonly isCounted: boolean;
  /** The project folder as Claude Code reports it. */
  readonly projectFolder: string | undefined;
  /** Where Claude Code keeps its settings and transcripts, if the environment names it. */
  readonly configFolder?: string | undefined;
  readonly readGit: (folder: string) => GitHead | undefined;
  readonly command: () => string;
  readonly entrypoint?: string | undefined;
}

export function hookCall({ projectFolder, configFolder, readGit, ...parts }: CallParts): HookCall {
  // One name per project, whichever link leads to it. A missing folder keeps its name.
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
    // null tells the worker that there is none. Leaving it out would say nothing.
    worktree: git?.worktree ?? null,
    repository: git?.repository ?? null,
    ...(input.transcriptPath === undefined ? {} : { transcript_path: input.transcriptPath }),
  };
}
