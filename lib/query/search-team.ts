import { DAY_MS, isoTime } from '../core/clock.ts';
import { WaymarkError } from '../core/errors.ts';
import { sql } from 'kysely';
import { queryBuilder, runQuery, runText } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';
import { createCallDocument } from '../search/documents.ts';
import type { Scope } from '../search/find-filter.ts';
import { findTerms, type SearchQuery, type Term } from '../search/parse-query.ts';
import type { Database, Row } from '../store/database.ts';
import { createSnippet } from './search-snippet.ts';
import type { FoundHit, SearchOptions } from './search-hit.ts';

/** Of each kind, as many of the latest are looked at. */
const MAX_OF_KIND = 500;

/** After this time a match is worth half of what it was. */
const HALF_LIFE_MS = 30 * DAY_MS;

const WORTH: Readonly<Record<FoundHit['kind'], number>> = {
  ...{ title: 0.6, prompt: 0.5, answer: 0.3 },
  ...{ command: 0.2, file: 0.2, error: 0.2, output: 0 },
};
const WORTH_NEAR = 1;

/** Terms that are not further apart than this count as close to each other. */
const NEAR = 60;

const FIND = 'SELECT * FROM find_texts(?, ?, ?, ?, ? = 1, ?)';

/** What a search in the store of a team finds. */
export interface TeamMatches {
  readonly hits: readonly FoundHit[];
  readonly matches: number;
  readonly isCut: boolean;
}

/**
 * Finds places in the store of a team, as the index of a machine does in its own. Output of calls
 * is not there.
 * @throws {@link WaymarkError} USAGE where output alone is asked for.
 */
export async function findInTeam(
  store: Database,
  { terms }: SearchQuery,
  options: SearchOptions & { readonly sessions?: readonly string[] },
): Promise<TeamMatches> {
  const kinds = kindsOf(options.scopes);
  if (kinds.length === 0)
    throw new WaymarkError(
      'USAGE',
      'Cannot search output in the store of a team: it stays on the machine of each session',
      { remedy: 'Search there, without --store.' },
    );
  const rows = await runText(store, FIND, [
    askOf(terms),
    kinds.join(','),
    options.since ?? 0,
    options.sessions === undefined ? null : JSON.stringify(options.sessions),
    options.failedOnly === true ? 1 : 0,
    MAX_OF_KIND,
  ]);
  const found = rows
    .flatMap((row) => hitOf(row, terms, options) ?? [])
    .toSorted((one, other) => other.score - one.score);
  return {
    hits: found.slice(0, options.limit).map(({ hit }) => hit),
    matches: found.length,
    isCut: isCutIn(rows),
  };
}

/** Whether there are more of some kind than were looked at. */
function isCutIn(rows: readonly Row[]): boolean {
  const counts = new Map<string | null, number>();
  for (const row of rows) {
    const kind = readTextColumn(row, 'kind');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts.values()].some((count) => count >= MAX_OF_KIND);
}

/** Sessions in a folder, below it, or in that work tree. */
export async function findSessionsIn(store: Database, folder: string): Promise<readonly string[]> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select('id')
    .where((eb) =>
      eb.or([
        eb('project', '=', folder),
        eb('worktree', '=', folder),
        eb(sql`substr(project, 1, length(${folder}) + 1)`, '=', `${folder}/`),
      ]),
    );
  return (await runQuery(store, query)).map((row) => readTextColumn(row, 'id') ?? '');
}

/** Words next to each other, as `to_tsquery` of PostgreSQL takes them. */
function askOf(terms: readonly Term[]): string {
  return terms
    .map(({ words, isPrefix }) =>
      words
        .map((word, at) => `'${word}'${isPrefix && at === words.length - 1 ? ':*' : ''}`)
        .join(' <-> '),
    )
    .map((phrase) => `(${phrase})`)
    .join(' & ');
}

function kindsOf(scopes: readonly Scope[] | undefined): readonly string[] {
  if (scopes === undefined) return ['title', 'prompt', 'answer', 'call'];
  const calls = scopes.some((scope) => ['commands', 'files', 'errors'].includes(scope));
  return [
    ...scopes
      .filter((scope) => ['titles', 'prompts', 'answers'].includes(scope))
      .map((scope) => scope.slice(0, -1)),
    ...(calls ? ['call'] : []),
  ];
}

interface Ranked {
  readonly hit: FoundHit;
  readonly score: number;
}

function hitOf(
  row: Row,
  terms: readonly Term[],
  { scopes, now, snippetLimit = 160 }: SearchOptions,
): Ranked | undefined {
  const text = (column: string): string => readTextColumn(row, column) ?? '';
  const at = readNumberColumn(row, 'at') ?? 0;
  const outcome = readTextColumn(row, 'outcome');
  const [main, error] = [text('main'), text('error')];
  const isIn = (kind: FoundHit['kind']): boolean =>
    scopes === undefined || scopes.some((scope) => scope === `${kind}s`);
  const named = kindOf(row, main, outcome);
  const places = [
    [named, main],
    ['error', error],
    [named, `${main} ${error}`],
  ] as const;
  const place = places.find(([kind, words]) => isIn(kind) && findTerms(words, terms) !== undefined);
  if (place === undefined) return undefined;
  const [kind, words] = place;
  const session = text('session_id');
  const hit: FoundHit = {
    ...{ id: session, session, at: isoTime(at), kind, tool: readTextColumn(row, 'tool'), outcome },
    snippet: createSnippet(words, terms, snippetLimit),
  };
  const age = 1 / (1 + Math.max(0, now - at) / HALF_LIFE_MS);
  return { hit, score: age + WORTH[kind] + (isNear(words, terms) ? WORTH_NEAR : 0) };
}

function kindOf(
  row: Row,
  target: string,
  outcome: string | null,
): 'title' | 'prompt' | 'answer' | 'command' | 'file' {
  const kind = readTextColumn(row, 'kind');
  if (kind === 'title' || kind === 'prompt' || kind === 'answer') return kind;
  const call = { id: '', tool: readTextColumn(row, 'tool') ?? '', target, error: '', at: 0 };
  return createCallDocument({ ...call, outcome: outcome ?? '' }).kind === 'file'
    ? 'file'
    : 'command';
}

function isNear(text: string, terms: readonly Term[]): boolean {
  if (terms.length < 2) return false;
  const found = findTerms(text, terms) ?? [];
  return found.some(
    (place, at) => (found[at + terms.length - 1]?.end ?? Number.NaN) - place.start < NEAR,
  );
}
