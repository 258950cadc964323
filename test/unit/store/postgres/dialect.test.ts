import { describe, expect, it } from 'vitest';
import { forPostgres } from '../../../../lib/store/postgres/dialect.ts';

describe('queries for PostgreSQL', () => {
  it.each([
    ['SELECT ? WHERE a = ? AND b = ?', 'SELECT $1 WHERE a = $2 AND b = $3'],
    ['SELECT ?2 WHERE a = ?1', 'SELECT $2 WHERE a = $1'],
    ["SELECT '?', \"?\", 'it''s ?' WHERE a = ?", "SELECT '?', \"?\", 'it''s ?' WHERE a = $1"],
    ['SELECT max(a), min(b)', 'SELECT max(a), min(b)'],
    [
      'SELECT max(a, coalesce(b, ?)), min(?, c)',
      'SELECT GREATEST(a, coalesce(b, $1)), LEAST($2, c)',
    ],
    ['a IS NULL AND b IS NOT NULL', 'a IS NULL AND b IS NOT NULL'],
    ['a IS ? AND b is c', 'a IS NOT DISTINCT FROM $1 AND b IS NOT DISTINCT FROM c'],
    ['(a, b) IS NOT (c, d)', '(a, b) IS DISTINCT FROM  (c, d)'],
    ['type GLOB ? AND a LIKE ?', 'type ~@~ $1 AND a ILIKE $2'],
    ['SELECT model, window, at FROM w', 'SELECT model, "window", at FROM w'],
    [
      'x ORDER BY a, b DESC LIMIT ? OFFSET ?',
      'x ORDER BY a NULLS FIRST, b DESC NULLS LAST LIMIT $1 OFFSET $2',
    ],
    ['x ORDER BY max(a, b) DESC', 'x ORDER BY GREATEST(a, b) DESC NULLS LAST'],
    [
      'row_number() OVER (PARTITION BY a ORDER BY b DESC, c) AS age',
      'row_number() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST, c NULLS FIRST ) AS age',
    ],
    ['(SELECT a ORDER BY b LIMIT 1), ?', '(SELECT a ORDER BY b NULLS FIRST LIMIT 1), $1'],
    ['SELECT a FROM t LIMIT -1', 'SELECT a FROM t OFFSET 0'],
    ['CAST(at / 5 AS INTEGER)', 'CAST(at / 5 AS bigint)'],
    ['a || char(1114111)', 'a || chr(1114111)'],
    ['FROM a CROSS JOIN b ON b.x = a.x', 'FROM a  JOIN b ON b.x = a.x'],
    [
      'FROM a CROSS JOIN b INNER JOIN c ON c.x = b.x',
      'FROM a CROSS JOIN b INNER JOIN c ON c.x = b.x',
    ],
    [
      'FROM a CROSS JOIN b WHERE x ORDER BY y',
      'FROM a CROSS JOIN b WHERE x ORDER BY y NULLS FIRST',
    ],
    ['SELECT 1 -- ? a note\nWHERE a = ?', 'SELECT 1   WHERE a = $1'],
  ])('%s', (sqlite, postgres) => {
    expect(forPostgres(sqlite)).toBe(postgres);
  });
});
