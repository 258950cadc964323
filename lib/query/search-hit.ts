import { type FindFilter, SCOPES, type Scope } from '../search/find-filter.ts';
import type { Snippet } from './search-snippet.ts';

/** Where to look. */
export const SEARCH_SCOPES = SCOPES;
export type SearchScope = Scope;

/** What was found, in one place of a session. Field names are a contract. */
export interface SearchHit {
  /** Names the hit for `waymark open`; in the store of a team, the session. */
  readonly id: string;
  readonly session: string;
  readonly title: string | null;
  readonly project: string | null;
  /** ISO time, to a few seconds. */
  readonly at: string;
  readonly kind: 'title' | 'prompt' | 'answer' | 'command' | 'file' | 'error' | 'output';
  readonly tool: string | null;
  /** Of a call: `ok`, `failed`, `rejected` or `running`. */
  readonly outcome: string | null;
  readonly snippet: Snippet;
}

/** A hit before its session is looked up. */
export type FoundHit = Omit<SearchHit, 'title' | 'project'>;

export interface SearchOptions extends Omit<FindFilter, 'sessions'> {
  readonly limit: number;
  /** Sessions with this tag alone. */
  readonly tag?: string;
  /** This session alone. */
  readonly session?: string;
  readonly now: number;
  /** About how long a snippet may be, in UTF-16 units. */
  readonly snippetLimit?: number;
}
