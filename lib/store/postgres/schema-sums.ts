import { SUMMED_MS, SUMMED_PROMPTS } from '../schema/usage-sums.ts';
import { ROWS, rowsTable } from './merge-sql.ts';
import { grantSql } from './schema-fleet.ts';
import { FILTERS, VIEWS } from './schema-views.ts';
import type { SharedTable } from './table-shape.ts';

/** What is summed up, in the order of the table of a machine. */
const COUNTS = [
  ...['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h'],
  'web_searches',
] as const;

const PROMPT = '(input + cache_read + cache_write_5m + cache_write_1h)';

/** The columns of the key, and what they are of an answer. */
const KEY: ReadonlyArray<readonly [name: string, type: string, value: string]> = [
  ['session_id', 'text COLLATE "C"', "coalesce(session_id, '')"],
  ['agent_id', 'text COLLATE "C"', "coalesce(agent_id, '')"],
  ['"at"', 'bigint', `coalesce("at" / ${SUMMED_MS} * ${SUMMED_MS}, -1)`],
  [
    'class',
    'bigint',
    `(coalesce(speed, '') = 'fast')::int + 2 * (coalesce(geo, '') = 'us')::int + 4 * (${SUMMED_PROMPTS.map((limit) => `(${PROMPT} > ${limit})::int`).join(' + ')})`,
  ],
  ['model', 'text COLLATE "C"', "coalesce(model, '')"],
  ['tier', 'text COLLATE "C"', "coalesce(tier, '')"],
];

const NAMES = KEY.map(([name]) => name);
const SUMS = rowsTable('usage_sums');

const TABLE = `
CREATE TABLE ${SUMS} (
  team text COLLATE "C" NOT NULL,
  host text COLLATE "C" NOT NULL,
  ${KEY.map(([name, type]) => `${name} ${type} NOT NULL`).join(',\n  ')},
  answers bigint NOT NULL,
  ${COUNTS.map((name) => `${name} bigint NOT NULL`).join(',\n  ')},
  PRIMARY KEY (host, ${NAMES.join(', ')})
);
CREATE INDEX usage_sums_by_time ON ${SUMS} ("at");
CREATE INDEX usage_sums_of_session ON ${SUMS} (session_id);
ALTER TABLE ${SUMS} ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON ${SUMS} USING (team = (SELECT ${ROWS}.my_team()));
`;

/** Adds answers to their sums. @param rows Answers, each with its `sign`: 1 came, -1 went. */
function addSql(rows: string): string {
  const sums = ['sum(sign)', ...COUNTS.map((name) => `sum(sign * ${name})`)];
  return `INSERT INTO ${SUMS} AS s (team, host, ${[...NAMES, 'answers', ...COUNTS].join(', ')})
    SELECT team, host, ${[...KEY.map(([, , value]) => value), ...sums].join(', ')} FROM ${rows}
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING ${sums.map((sum) => `${sum} <> 0`).join(' OR ')}
    ON CONFLICT (host, ${NAMES.join(', ')}) DO UPDATE SET ${['answers', ...COUNTS].map((name) => `${name} = s.${name} + excluded.${name}`).join(', ')};`;
}

/**
 * Triggers keep the sums, in the transaction that changes answers, once for each statement. They
 * run with the rights of the owner: no role writes the sums itself. A row that a batch brings again
 * comes and goes with the same figures, so that nothing is written for it. Sums of two machines are
 * different rows, and batches of one machine follow each other: workers do not wait for each other.
 */
const TRIGGERS = `
CREATE FUNCTION ${ROWS}.sum_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    ${addSql('(SELECT 1 AS sign, * FROM came) AS c')}
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    ${addSql('(SELECT 1 AS sign, * FROM came UNION ALL SELECT -1, * FROM went) AS c')}
  ELSE
    ${addSql('(SELECT -1 AS sign, * FROM went) AS c')}
  END IF;
  DELETE FROM ${SUMS} AS s USING (SELECT DISTINCT host, coalesce(session_id, '') AS id FROM went) AS w
    WHERE s.host = w.host AND s.session_id = w.id AND s.answers = 0;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ${ROWS}.sum_usage() FROM PUBLIC;
CREATE TRIGGER sum_insert AFTER INSERT ON ${rowsTable('usage')} REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION ${ROWS}.sum_usage();
CREATE TRIGGER sum_update AFTER UPDATE ON ${rowsTable('usage')} REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION ${ROWS}.sum_usage();
CREATE TRIGGER sum_delete AFTER DELETE ON ${rowsTable('usage')} REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION ${ROWS}.sum_usage();
`;

const WANTED = `(SELECT nullif(current_setting('${FILTERS.repository}', true), ''))`;

const HOSTS = `(SELECT ${ROWS}.wanted_hosts())`;
const COLUMNS = ['host', ...NAMES, 'answers', ...COUNTS].map((name) => `r.${name}`).join(', ');
const SELECTED = `SELECT ${COLUMNS} FROM ${SUMS} AS r`;
const OPTIONS = 'WITH (security_invoker = true)';

/** Takes the place of the empty view, which stood for a table that stays on each machine. */
const VIEW = `
DROP VIEW IF EXISTS ${VIEWS}.usage_sums;
CREATE VIEW ${VIEWS}.usage_sums ${OPTIONS} AS ${SELECTED}
  WHERE (${HOSTS} IS NULL OR r.host = ANY (${HOSTS}::text[]))
    AND (${WANTED} IS NULL OR r.session_id IN (SELECT ${ROWS}.sessions_of(${WANTED}) COLLATE "C"));
${grantSql(`SELECT ON ${SUMS}, ${VIEWS}.usage_sums`)}`;

/**
 * The view with filters that PostgreSQL takes to keep every sum, which they do where nobody asks
 * for a part: it takes nearly all values to be no NULL. Of "nothing is wanted OR ..." it takes one
 * sum of forty to be left, and so sorts and looks up one by one what it should hash.
 */
export function sumsViewSql(tables: readonly SharedTable[]): string {
  if (!hasUsage(tables)) return '';
  return `CREATE OR REPLACE VIEW ${VIEWS}.usage_sums ${OPTIONS} AS ${SELECTED}
  WHERE CASE WHEN ${HOSTS} IS NULL THEN 0 ELSE array_position(${HOSTS}, r.host COLLATE "C") END IS NOT NULL
    AND CASE WHEN ${WANTED} IS NULL OR r.session_id IN (SELECT ${ROWS}.sessions_of(${WANTED}) COLLATE "C") THEN 0 END IS NOT NULL;`;
}

function hasUsage(tables: readonly SharedTable[]): boolean {
  return tables.some(({ shape }) => shape.definition.table === 'usage');
}

/**
 * Sums of what answers used, as the store of each machine keeps them. The triggers come before the
 * answers that are there: they make other writers wait until the sums have these, too.
 */
export function sumsSql(tables: readonly SharedTable[]): string {
  if (!hasUsage(tables)) return '';
  return [
    TABLE,
    TRIGGERS,
    addSql(`(SELECT 1 AS sign, * FROM ${rowsTable('usage')}) AS u`),
    VIEW,
  ].join('\n');
}
