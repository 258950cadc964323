import { DAY_MS } from '../../core/clock.ts';
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

/** The names of indexes begin with that of the table. */
function tableSql(name: string): string {
  const table = rowsTable(name);
  return `
CREATE TABLE ${table} (
  team text COLLATE "C" NOT NULL,
  host text COLLATE "C" NOT NULL,
  ${KEY.map(([column, type]) => `${column} ${type} NOT NULL`).join(',\n  ')},
  answers bigint NOT NULL,
  ${COUNTS.map((column) => `${column} bigint NOT NULL`).join(',\n  ')},
  PRIMARY KEY (host, ${NAMES.join(', ')})
);
CREATE INDEX ${name}_by_time ON ${table} ("at");
CREATE INDEX ${name}_of_session ON ${table} (session_id);
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON ${table} USING (team = (SELECT ${ROWS}.my_team()));
`;
}

/** A table of sums, and the columns of its key as they are of an answer. */
interface SumTable {
  readonly table: string;
  readonly values: readonly string[];
}

const QUARTERS: SumTable = { table: SUMS, values: KEY.map(([, , value]) => value) };

/** Adds answers to their sums. @param rows Answers, each with its `sign`: 1 came, -1 went. */
function addSql(rows: string, { table, values }: SumTable = QUARTERS): string {
  const sums = ['sum(sign)', ...COUNTS.map((name) => `sum(sign * ${name})`)];
  return `INSERT INTO ${table} AS s (team, host, ${[...NAMES, 'answers', ...COUNTS].join(', ')})
    SELECT team, host, ${[...values, ...sums].join(', ')} FROM ${rows}
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING ${sums.map((sum) => `${sum} <> 0`).join(' OR ')}
    ON CONFLICT (host, ${NAMES.join(', ')}) DO UPDATE SET ${['answers', ...COUNTS].map((name) => `${name} = s.${name} + excluded.${name}`).join(', ')};`;
}

/** The function of the triggers. It keeps each of these tables. */
function functionSql(tables: readonly SumTable[]): string {
  const add = (rows: string): string => tables.map((table) => addSql(rows, table)).join('\n    ');
  const clean = tables.map(
    ({
      table,
    }) => `DELETE FROM ${table} AS s USING (SELECT DISTINCT host, coalesce(session_id, '') AS id FROM went) AS w
    WHERE s.host = w.host AND s.session_id = w.id AND s.answers = 0;`,
  );
  return `
CREATE FUNCTION ${ROWS}.sum_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    ${add('(SELECT 1 AS sign, * FROM came) AS c')}
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    ${add('(SELECT 1 AS sign, * FROM came UNION ALL SELECT -1, * FROM went) AS c')}
  ELSE
    ${add('(SELECT -1 AS sign, * FROM went) AS c')}
  END IF;
  ${clean.join('\n  ')}
  RETURN NULL;
END $$;
`;
}

/**
 * Triggers keep the sums, in the transaction that changes answers, once for each statement. They
 * run with the rights of the owner: no role writes the sums itself. A row that a batch brings again
 * comes and goes with the same figures, so that nothing is written for it. Sums of two machines are
 * different rows, and batches of one machine follow each other: workers do not wait for each other.
 */
const TRIGGERS = `${functionSql([QUARTERS])}REVOKE ALL ON FUNCTION ${ROWS}.sum_usage() FROM PUBLIC;
CREATE TRIGGER sum_insert AFTER INSERT ON ${rowsTable('usage')} REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION ${ROWS}.sum_usage();
CREATE TRIGGER sum_update AFTER UPDATE ON ${rowsTable('usage')} REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION ${ROWS}.sum_usage();
CREATE TRIGGER sum_delete AFTER DELETE ON ${rowsTable('usage')} REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION ${ROWS}.sum_usage();
`;

const WANTED = `(SELECT nullif(current_setting('${FILTERS.repository}', true), ''))`;

const HOSTS = `(SELECT ${ROWS}.wanted_hosts())`;
const COLUMNS = ['host', ...NAMES, 'answers', ...COUNTS].map((name) => `r.${name}`).join(', ');
const SELECTED = selectedFrom(SUMS);
const OPTIONS = 'WITH (security_invoker = true)';

function selectedFrom(table: string): string {
  return `SELECT ${COLUMNS} FROM ${table} AS r`;
}

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
  return hasUsage(tables) ? filteredViewSql('usage_sums') : '';
}

function filteredViewSql(name: string): string {
  return `CREATE OR REPLACE VIEW ${VIEWS}.${name} ${OPTIONS} AS ${selectedFrom(rowsTable(name))}
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
    tableSql('usage_sums'),
    TRIGGERS,
    addSql(`(SELECT 1 AS sign, * FROM ${rowsTable('usage')}) AS u`),
    VIEW,
  ].join('\n');
}

const DAYS = 'usage_days';

/** The day (UTC) of a quarter of an hour. Remainders of times before 1970 are negative. */
const DAY_OF = (at: string): string =>
  `CASE WHEN ${at} = -1 THEN -1 ELSE ${at} - ((${at} % ${DAY_MS} + ${DAY_MS}) % ${DAY_MS}) END`;

const DAY_VALUES = KEY.map(([name, , value]) => (name === '"at"' ? DAY_OF(value) : value));

/**
 * Sums of whole days: there are half as many of them as of quarters of an hour, or fewer. The lock
 * makes other writers wait until the new triggers hold, so that no answer is missed.
 */
export function daySumsSql(tables: readonly SharedTable[]): string {
  if (!hasUsage(tables)) return '';
  const table = rowsTable(DAYS);
  const keys = KEY.map(([name]) => (name === '"at"' ? DAY_OF('s."at"') : `s.${name}`));
  const counts = ['answers', ...COUNTS];
  return [
    `LOCK TABLE ${rowsTable('usage')} IN SHARE ROW EXCLUSIVE MODE;`,
    tableSql(DAYS),
    functionSql([QUARTERS, { table, values: DAY_VALUES }]).replace(
      'CREATE FUNCTION',
      'CREATE OR REPLACE FUNCTION',
    ),
    `INSERT INTO ${table} (team, host, ${[...NAMES, ...counts].join(', ')})
    SELECT s.team, s.host, ${[...keys, ...counts.map((name) => `sum(s.${name})`)].join(', ')} FROM ${SUMS} AS s
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;`,
    filteredViewSql(DAYS),
    grantSql(`SELECT ON ${table}, ${VIEWS}.${DAYS}`),
  ].join('\n');
}
