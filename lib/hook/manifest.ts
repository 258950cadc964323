import { OPERATION_TOOLS } from '../claude/operation-tools.ts';

/** One of our hooks: which event of Claude Code starts it, and what it does. */
export interface HookSpec {
  /** Claude Code's name of the event. */
  readonly event: string;
  /**
   * Name of the executable without extension: `hooks/<name>.ts`, `dist/hooks/<name>.cjs`,
   * `bin/<name>` in the state folder.
   */
  readonly name: string;
  /** Which tools start it. Missing if Claude Code has no matcher for the event. */
  readonly matcher?: string;
  /**
   * What its launcher does before it starts Node: end throttled calls, end calls without a needle,
   * or leave the client's process group.
   */
  readonly gate?: Gate;
  /** The feature that a user can switch off. */
  readonly feature: Feature;
  /** What it records, for the README and the wizard. */
  readonly records: string;
}

/** Each is a template, `templates/gate-<name>.sh`. */
export type Gate = 'throttle' | 'needles' | 'leave';

/**
 * Our status line: a program like that of a hook, which `statusLine` in settings.json names. The
 * interval is in seconds, for idle sessions.
 */
export const STATUS_LINE = { name: 'statusline', refreshInterval: 30 } as const;

/** The features that the wizard offers. */
export const FEATURES = ['session', 'checkpoint', 'failure', 'routing'] as const;
export type Feature = (typeof FEATURES)[number];

/** All hooks that the installer adds, in their order in settings.json. */
export const HOOKS: readonly HookSpec[] = [
  {
    event: 'SessionStart',
    name: 'session-start',
    feature: 'session',
    records: 'that a session began, resumed or was compacted',
  },
  {
    event: 'UserPromptSubmit',
    name: 'user-prompt-submit',
    feature: 'session',
    records: 'the head of each prompt',
  },
  {
    event: 'PreToolUse',
    name: 'pre-tool-use',
    matcher: 'Agent|Task',
    feature: 'routing',
    records: 'which agent a task goes to',
  },
  {
    event: 'PreToolUse',
    name: 'prevent-failure',
    matcher: 'Bash|Edit|Write|MultiEdit|NotebookEdit',
    gate: 'needles',
    feature: 'failure',
    records: 'that a fix replaced a command; warns before a known failure',
  },
  {
    event: 'PostToolUse',
    name: 'post-tool-use',
    matcher: OPERATION_TOOLS.join('|'),
    gate: 'throttle',
    feature: 'checkpoint',
    records: 'the operation count, and a checkpoint once a minute',
  },
  {
    event: 'PostToolUseFailure',
    name: 'post-tool-use-failure',
    feature: 'failure',
    records: 'each failed call',
  },
  {
    event: 'SubagentStart',
    name: 'subagent-start',
    feature: 'routing',
    records: 'that an agent began',
  },
  {
    event: 'SubagentStop',
    name: 'subagent-stop',
    feature: 'routing',
    records: 'that an agent ended',
  },
  {
    event: 'PreCompact',
    name: 'pre-compact',
    feature: 'checkpoint',
    records: 'a checkpoint before compaction',
  },
  {
    event: 'Stop',
    name: 'stop',
    feature: 'checkpoint',
    records: 'a checkpoint at the end of each turn',
  },
  {
    event: 'StopFailure',
    name: 'stop-failure',
    gate: 'leave',
    feature: 'failure',
    records: 'a turn that an API error ended',
  },
  {
    event: 'Notification',
    name: 'notification',
    feature: 'session',
    records: 'that Claude Code waits for you',
  },
  {
    event: 'SessionEnd',
    name: 'session-end',
    feature: 'session',
    records: 'that the session ended, and its last checkpoint',
  },
  {
    event: 'TaskCreated',
    name: 'task-created',
    feature: 'routing',
    records: 'that a task was made',
  },
  {
    event: 'TaskCompleted',
    name: 'task-completed',
    feature: 'routing',
    records: 'that a task was completed',
  },
];
