import type { Statement } from './database.ts';

/** Prepares each statement text once: preparing costs more than running most of our statements. */
export function statementCache(prepare: (sql: string) => Statement): (sql: string) => Statement {
  const known = new Map<string, Statement>();
  return (sql) => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const made = prepare(sql);
    known.set(sql, made);
    return made;
  };
}
