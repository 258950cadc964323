/** What a setting accepts, and how it is parsed from text. */
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
  /** Smallest and largest accepted number, inclusive. */
  readonly range?: readonly [number, number];
  readonly choices?: readonly string[];
  /** Format of each entry of a list, and an example. */
  readonly entries?: { readonly shape: RegExp; readonly example: string };
  /** Returns what else is wrong with an entry of a list; `undefined` if it is valid. */
  readonly check?: (entry: string) => string | undefined;
  /** What it does and what a change means, in one sentence. Hooks have no use for it. */
  readonly doc?: string;
}

export type DocumentedSetting = Setting & Required<Pick<Setting, 'doc'>>;

/**
 * The settings that a hook reads. In a file of their own, because a hook pays for each line that it
 * loads. Their descriptions are in settings.ts.
 */
export const HOOK_SETTINGS = {
  checkpointInterval: {
    kind: 'seconds',
    fallback: 60,
    range: [0, 86_400],
  },
  durability: {
    kind: 'choice',
    fallback: 'none',
    choices: ['none', 'file', 'full'],
  },
  entryCap: {
    kind: 'bytes',
    fallback: 65_536,
    range: [1_024, 16_777_216],
  },
  queueCap: {
    kind: 'count',
    fallback: 200_000,
    range: [10, 10_000_000],
  },
  autostart: {
    kind: 'flag',
    fallback: true,
  },
  ignoredProjects: {
    kind: 'list',
    fallback: ['/.claude-mem/', '/observer-sessions'],
  },
} as const satisfies Record<string, Setting>;
