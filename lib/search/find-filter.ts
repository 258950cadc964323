/** What of the sessions is looked through. */
export const SCOPES = [
  'prompts',
  'answers',
  'commands',
  'files',
  'errors',
  'outputs',
  'titles',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface FindFilter {
  /** Left out: everything. */
  readonly scopes?: readonly Scope[];
  /** Absolute path: sessions in it, below it, or in that work tree. */
  readonly project?: string;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  /** Calls that failed or were rejected. */
  readonly failedOnly?: boolean;
  /** These sessions alone. */
  readonly sessions?: readonly string[];
}
