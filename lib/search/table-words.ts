import type { Database } from '../store/database.ts';

/**
 * The words of the documents, in parts of a stretch of time each. What was said and done (`said_N`) knows where each word stands, for
 * phrases; with the output of calls (`seen_N`) that would cost more than half of the text, so there only the words are known.
 */
export type WordTable = 'said' | 'seen';

/** A part of the index covers 2^22 seconds: some 49 days. */
const PART_BITS = 22;

const TOKENIZER = `tokenize="unicode61 remove_diacritics 2 categories 'L* N* M* Co'"`;
const BARE = `content='', contentless_delete=1, ${TOKENIZER}`;

/** The part that has the document. */
export function partOf(id: number): number {
  return Math.floor(id / 2 ** PART_BITS);
}

/** The first and the last id of a part. */
export function rangeOf(part: number): readonly [first: number, last: number] {
  return [part * 2 ** PART_BITS, (part + 1) * 2 ** PART_BITS - 1];
}

/** The parts that there are, the latest first. */
export function partsOf(database: Database): readonly number[] {
  return database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE name GLOB 'said_[0-9]*' AND sql LIKE 'CREATE VIRTUAL%'",
    )
    .all()
    .map(({ name }) => Number(String(name).slice('said_'.length)))
    .toSorted((a, b) => b - a);
}

/** Makes a part, inside a transaction of the caller. */
export function makePart(database: Database, part: number): void {
  database.exec(
    `CREATE VIRTUAL TABLE IF NOT EXISTS said_${part} USING fts5(main, error, detail=full, ${BARE});
     CREATE VIRTUAL TABLE IF NOT EXISTS seen_${part} USING fts5(whole, detail=none, ${BARE});`,
  );
}

export function dropPart(database: Database, part: number): void {
  database.exec(`DROP TABLE IF EXISTS said_${part}; DROP TABLE IF EXISTS seen_${part};`);
}

export function addSaid(database: Database, id: number, main: string, error: string): void {
  database
    .prepare(`INSERT INTO said_${partOf(id)} (rowid, main, error) VALUES (?, ?, ?)`)
    .run(id, main, error);
}

export function addSeen(database: Database, id: number, whole: string): void {
  database.prepare(`INSERT INTO seen_${partOf(id)} (rowid, whole) VALUES (?, ?)`).run(id, whole);
}

/** Documents go; their words stay in the file until {@link rewritePart}. @param ids Of one part. */
export function removeWords(database: Database, part: number, ids: readonly number[]): void {
  const list = JSON.stringify(ids);
  for (const table of ['said', 'seen'])
    database
      .prepare(`DELETE FROM ${table}_${part} WHERE rowid IN (SELECT value FROM json_each(?))`)
      .run(list);
}

/** Writes a part anew without what was deleted. */
export function rewritePart(database: Database, part: number): void {
  for (const table of ['said', 'seen'])
    database.exec(`INSERT INTO ${table}_${part} (${table}_${part}) VALUES ('optimize')`);
}

/** The latest documents of a part that match, by id. */
export function matching(
  database: Database,
  table: WordTable,
  part: number,
  query: string,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): readonly number[] {
  return database
    .prepare(
      `SELECT rowid AS id FROM ${table}_${part} WHERE ${table}_${part} MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?`,
    )
    .all(query, range.from, range.to, range.limit)
    .map(({ id }) => Number(id));
}
