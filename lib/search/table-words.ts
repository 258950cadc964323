import type { Database } from '../store/database.ts';

/**
 * The words of the documents, in parts of a stretch of time each. What was said and done (`said_N`)
 * knows where each word stands, for phrases; with the output of calls (`seen_N`) that would cost
 * more than half of the text, so there only the words are known.
 */
export type WordTable = 'said' | 'seen';

/** A part of the index covers 2^21 seconds: some 24 days. */
const PART_BITS = 21;

const TOKENIZER = `tokenize="unicode61 remove_diacritics 2 categories 'L* N* M* Co'"`;
const BARE = `content='', contentless_delete=1, ${TOKENIZER}`;

/** The part that has the document. */
export function computePart(id: number): number {
  return Math.floor(id / 2 ** PART_BITS);
}

/** The first and the last id of a part. */
export function computePartRange(part: number): readonly [first: number, last: number] {
  return [part * 2 ** PART_BITS, (part + 1) * 2 ** PART_BITS - 1];
}

/** The parts that there are, the latest first. */
export function listParts(database: Database): readonly number[] {
  return database
    .prepare('SELECT part FROM parts ORDER BY part DESC')
    .all()
    .map(({ part }) => Number(part));
}

/** Makes a part, or notes that there is something new in it, inside a transaction of the caller. */
export function ensurePart(database: Database, part: number): void {
  const isTidy = database.prepare('SELECT is_tidy FROM parts WHERE part = ?').get(part)?.[
    'is_tidy'
  ];
  if (isTidy === 0) return;
  database
    .prepare(
      'INSERT INTO parts (part, is_tidy) VALUES (?, 0) ON CONFLICT (part) DO UPDATE SET is_tidy = 0',
    )
    .run(part);
  if (isTidy === undefined)
    database.exec(
      `CREATE VIRTUAL TABLE said_${part} USING fts5(main, error, detail=full, ${BARE});
       CREATE VIRTUAL TABLE seen_${part} USING fts5(whole, detail=none, ${BARE});`,
    );
}

export function dropPart(database: Database, part: number): void {
  database.exec(`DROP TABLE IF EXISTS said_${part}; DROP TABLE IF EXISTS seen_${part};`);
  database.prepare('DELETE FROM parts WHERE part = ?').run(part);
}

/** A part that nothing was added to for the time of a part, and that is not merged to its end. */
export function findUnmergedPart(database: Database, before: number): number | undefined {
  const row = database
    .prepare('SELECT part FROM parts WHERE is_tidy = 0 AND part < ? ORDER BY part DESC LIMIT 1')
    .get(before);
  return row === undefined ? undefined : Number(row['part']);
}

/** Pages that are merged in one transaction: some 20 ms. */
const MERGE_PAGES = 200;

/**
 * Merges a piece of a part, so that it becomes smaller and each search has less to look at.
 * @returns whether there is more.
 */
export function mergePart(database: Database, part: number): boolean {
  let more = false;
  for (const table of ['said', 'seen']) {
    const before = changesOf(database);
    database
      .prepare(`INSERT INTO ${table}_${part} (${table}_${part}, rank) VALUES ('merge', ?)`)
      .run(-MERGE_PAGES);
    more ||= changesOf(database) - before >= 2;
  }
  if (!more) database.prepare('UPDATE parts SET is_tidy = 1 WHERE part = ?').run(part);
  return more;
}

function changesOf(database: Database): number {
  return Number(database.prepare('SELECT total_changes() AS n').get()?.['n']);
}

export function addMainWords(database: Database, id: number, main: string, error: string): void {
  database
    .prepare(`INSERT INTO said_${computePart(id)} (rowid, main, error) VALUES (?, ?, ?)`)
    .run(id, main, error);
}

export function addOutputWords(database: Database, id: number, whole: string): void {
  database
    .prepare(`INSERT INTO seen_${computePart(id)} (rowid, whole) VALUES (?, ?)`)
    .run(id, whole);
}

/** Documents go; their words stay in the file until {@link rewritePart}. @param ids Of one part. */
export function removeWords(database: Database, part: number, ids: readonly number[]): void {
  const list = JSON.stringify(ids);
  for (const table of ['said', 'seen'])
    database
      .prepare(`DELETE FROM ${table}_${part} WHERE rowid IN (SELECT value FROM json_each(?))`)
      .run(list);
}

/** Rewrites a part without its deleted documents. */
export function rewritePart(database: Database, part: number): void {
  for (const table of ['said', 'seen'])
    database.exec(`INSERT INTO ${table}_${part} (${table}_${part}) VALUES ('optimize')`);
}

/**
 * The latest documents of a part that match, by id. They come as one text: a row for each costs the
 * drivers more than the search.
 */
export function findMatchingIds(
  database: Database,
  table: WordTable,
  part: number,
  query: string,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): readonly number[] {
  const row = database
    .prepare(
      `SELECT group_concat(id) AS ids FROM (SELECT rowid AS id FROM ${table}_${part}
        WHERE ${table}_${part} MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?)`,
    )
    .get(query, range.from, range.to, range.limit);
  const ids = row?.['ids'] ?? null;
  return ids === null ? [] : String(ids).split(',').map(Number);
}
