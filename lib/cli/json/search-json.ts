import type { SearchHit } from '../../query/search-hit.ts';

/** A hit of `search --json`. Field names are a contract. */
export interface HitJson {
  readonly session: string;
  readonly project: string | null;
  readonly kind: SearchHit['kind'];
  /** ISO 8601, to a few seconds. */
  readonly at: string;
  readonly snippet: string;
  /** What `waymark open` and `waymark show --at` take. */
  readonly hit: string;
  readonly title: string | null;
  readonly tool: string | null;
  readonly outcome: string | null;
  /** Where the words begin and end in the snippet, in UTF-16 units. */
  readonly marks: SearchHit['snippet']['marks'];
}

/** What `search --json` prints: a list, best first. */
export function formatHitsAsJson(hits: readonly SearchHit[]): readonly HitJson[] {
  return hits.map(({ id, snippet, ...rest }) => ({
    ...{ session: rest.session, project: rest.project, kind: rest.kind, at: rest.at },
    ...{ snippet: snippet.text, hit: id },
    ...{ title: rest.title, tool: rest.tool, outcome: rest.outcome, marks: snippet.marks },
  }));
}
