/**
 * Sums of `usage`, so that questions about cost read few rows. Triggers keep them, in the
 * transaction that changes `usage`: they are always right, and nobody else writes them.
 */

/** Prompts above each of these may have other prices. Other limits need a migration. */
export const SUMMED_PROMPTS: readonly number[] = [100_000, 200_000];

/** A quarter of an hour: local clocks differ from UTC by whole quarters. */
export const SUMMED_MS = 900_000;

const TOKENS = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h'] as const;
const COUNTS = [...TOKENS, 'web_searches'] as const;
const KEY = ['session_id', 'agent_id', 'at', 'class', 'model', 'tier'] as const;

/** The key of the sum that a row of `usage` counts to. @param row `NEW`, `OLD` or its alias. */
function keyOf(row: string): Readonly<Record<(typeof KEY)[number], string>> {
  const prompt = `(${row}.input + ${row}.cache_read + ${row}.cache_write_5m + ${row}.cache_write_1h)`;
  const above = SUMMED_PROMPTS.map((limit) => `(${prompt} > ${limit})`).join(' + ');
  return {
    session_id: `coalesce(${row}.session_id, '')`,
    agent_id: `coalesce(${row}.agent_id, '')`,
    at: `coalesce(${row}.at / ${SUMMED_MS} * ${SUMMED_MS}, -1)`,
    class: `(coalesce(${row}.speed, '') = 'fast') + 2 * (coalesce(${row}.geo, '') = 'us') + 4 * (${above})`,
    model: `coalesce(${row}.model, '')`,
    tier: `coalesce(${row}.tier, '')`,
  };
}

const valuesOf = (row: string): string =>
  [...Object.values(keyOf(row)), '1', ...COUNTS.map((name) => `${row}.${name}`)].join(', ');

const COLUMNS = [...KEY, 'answers', ...COUNTS].join(', ');

const ADD = `INSERT INTO usage_sums (${COLUMNS}) VALUES (${valuesOf('NEW')})
    ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET answers = answers + 1,
    ${COUNTS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')};`;

const IS_OLD = KEY.map((name) => `${name} = ${keyOf('OLD')[name]}`).join(' AND ');

const TAKE_AWAY = `UPDATE usage_sums SET answers = answers - 1,
    ${COUNTS.map((name) => `${name} = ${name} - OLD.${name}`).join(', ')} WHERE ${IS_OLD};
  DELETE FROM usage_sums WHERE answers = 0 AND ${IS_OLD};`;

const COMPARED = ['session_id', 'agent_id', 'at', 'model', 'tier', 'speed', 'geo', ...COUNTS];
const rowOf = (row: string): string => COMPARED.map((name) => `${row}.${name}`).join(', ');

export const USAGE_SUMS = `
-- One row for each session, agent, quarter of an hour and price of answers. '' and -1: unknown; agent_id '': the main chain.
-- class: 1 for fast mode, 2 for answers bound to the United States, 4 for each limit that the prompt exceeds.
CREATE TABLE usage_sums (
  session_id     TEXT NOT NULL,
  agent_id       TEXT NOT NULL,
  at             INTEGER NOT NULL,
  class          INTEGER NOT NULL,
  model          TEXT NOT NULL,
  tier           TEXT NOT NULL,
  answers        INTEGER NOT NULL,
  input          INTEGER NOT NULL,
  output         INTEGER NOT NULL,
  cache_read     INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  web_searches   INTEGER NOT NULL,
  PRIMARY KEY (${KEY.join(', ')})
) WITHOUT ROWID;
CREATE INDEX usage_sums_by_time ON usage_sums (at);

INSERT INTO usage_sums (${COLUMNS})
  SELECT ${Object.values(keyOf('u')).join(', ')}, count(*), ${COUNTS.map((name) => `sum(u.${name})`).join(', ')}
  FROM usage AS u GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TRIGGER usage_is_new AFTER INSERT ON usage BEGIN
  ${ADD}
END;
CREATE TRIGGER usage_has_changed AFTER UPDATE ON usage WHEN (${rowOf('NEW')}) IS NOT (${rowOf('OLD')}) BEGIN
  ${TAKE_AWAY}
  ${ADD}
END;
CREATE TRIGGER usage_has_gone AFTER DELETE ON usage BEGIN
  ${TAKE_AWAY}
END;
`;
