/** What a setting accepts, and how it is read from text. */
export type SettingKind =
  | 'seconds'
  | 'milliseconds'
  | 'count'
  | 'bytes'
  | 'percent'
  | 'flag'
  | 'list'
  | 'choice';

export type SettingValue = number | boolean | string | readonly string[];

export interface Setting {
  readonly kind: SettingKind;
  readonly fallback: SettingValue;
  /** Smallest and largest accepted number, both included. */
  readonly range?: readonly [number, number];
  readonly choices?: readonly string[];
  /** What each entry of a list must look like, and one that does. */
  readonly entries?: { readonly shape: RegExp; readonly example: string };
  /** What is wrong with an entry of a list, beyond its shape; `undefined`: nothing. */
  readonly check?: (entry: string) => string | undefined;
  /** What it does and what follows from a change, one sentence. */
  readonly doc: string;
}

/** The knobs that a hook reads. Apart from the others, because a hook pays for each line that it loads. */
export const HOOK_SETTINGS = {
  checkpointInterval: {
    kind: 'seconds',
    fallback: 60,
    range: [0, 86_400],
    doc: 'At most one automatic checkpoint per session in this time; 0 turns the throttle off.',
  },
  durability: {
    kind: 'choice',
    fallback: 'none',
    choices: ['none', 'file', 'full'],
    doc: 'What an enqueue waits for: nothing (survives any process), fsync of the file, or of file and folder (survives power loss).',
  },
  entryCap: {
    kind: 'bytes',
    fallback: 65_536,
    range: [1_024, 16_777_216],
    doc: 'Largest queue entry; a larger one goes to dead/.',
  },
  queueCap: {
    kind: 'count',
    fallback: 200_000,
    range: [10, 10_000_000],
    doc: 'Entries per priority folder from which hooks refuse further ones.',
  },
  autostart: {
    kind: 'flag',
    fallback: true,
    doc: 'Whether a hook that finds no live worker starts one.',
  },
  ignoredProjects: {
    kind: 'list',
    fallback: ['/.claude-mem/', '/observer-sessions'],
    doc: 'Sessions whose folder contains one of these texts are not captured (automated observers).',
  },
} as const satisfies Record<string, Setting>;
