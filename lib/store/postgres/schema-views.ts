import type { TableDefinition } from '../table-definition.ts';
import { quoted, ROWS, rowsTable } from './merge-sql.ts';
import type { SharedTable, TableShape } from './table-shape.ts';

/** What people and queries read: tables as the local store has them, of the whole team. */
export const VIEWS = 'waymark';

/**
 * What a reader asks to see, in settings of the connection. Without one, everything of the team.
 */
export const FILTERS = {
  host: 'waymark.host',
  person: 'waymark.person',
  repository: 'waymark.repository',
} as const;

/** Sessions of the repository that the connection wants, as a list of ids in SQL. */
type WantedSessions = (wanted: string) => string;

const SELECTED: WantedSessions = (wanted) =>
  `SELECT s.id FROM ${rowsTable('sessions')} AS s WHERE ${ROWS}.is_of_repository(s.repository, s.project, ${wanted})`;

/** The view that shows a shared table with the filters of the connection. */
export function viewSql(table: SharedTable, sessions: WantedSessions = SELECTED): string {
  const { shape, isCommon = false, unshared = [] } = table;
  const name = shape.definition.table;
  const columns = [
    ...shape.columns.map((column) => `r.${quoted(column.name)}`),
    ...unshared.map((column) => `NULL::${column.type} AS ${quoted(column.name)}`),
  ].join(', ');
  const from = `FROM ${rowsTable(name)} AS r WHERE ${conditionOf(table, sessions)}`;
  const body = isCommon
    ? `SELECT ${mergedColumns(table)} ${from} GROUP BY ${shape.definition.key.map((key) => `r.${quoted(key)}`).join(', ')}`
    : `SELECT r.host, ${columns} ${from}`;
  return `CREATE VIEW ${VIEWS}.${quoted(name)} WITH (security_invoker = true) AS ${body};`;
}

/** Stands for a table that no machine shares, so that queries that ask it, too, find nothing. */
export function emptyViewSql({ definition, columns }: TableShape): string {
  const nothing = columns.map(({ name, type }) => `NULL::${type} AS ${quoted(name)}`).join(', ');
  return `CREATE VIEW ${VIEWS}.${quoted(definition.table)} AS SELECT ${nothing} WHERE false;`;
}

function conditionOf({ shape, session }: SharedTable, sessions: WantedSessions): string {
  const isHost = `((SELECT ${ROWS}.wanted_hosts()) IS NULL OR r.host = ANY ((SELECT ${ROWS}.wanted_hosts())::text[]))`;
  if (session === undefined) return isHost;
  const wanted = `(SELECT nullif(current_setting('${FILTERS.repository}', true), ''))`;
  const isSessionTable = shape.definition.table === 'sessions';
  const isRepository = isSessionTable
    ? `${ROWS}.is_of_repository(r.repository, r.project, ${wanted})`
    : `r.${quoted(session)} IN (${sessions(wanted)})`;
  return `${isHost} AND (${wanted} IS NULL OR ${isRepository})`;
}

/** The columns of one row for all machines that know a key, by the rules of the table. */
function mergedColumns({ shape }: SharedTable): string {
  const { definition, columns } = shape;
  const key = new Set(definition.key);
  return columns
    .map(({ name }) => {
      const column = `r.${quoted(name)}`;
      return key.has(name) ? column : `${mergedBy(definition, name)(column)} AS ${quoted(name)}`;
    })
    .join(', ');
}

function mergedBy(definition: TableDefinition, name: string): (column: string) => string {
  const { least = [], once = [], latest = [], earliest = [] } = definition;
  const first = (tuple: readonly string[], direction: string) => (column: string) =>
    `(array_agg(${column} ORDER BY ${tuple.map((part) => `r.${quoted(part)} ${direction}`).join(', ')}))[1]`;
  const late = latest.find((tuple) => tuple.includes(name));
  if (late !== undefined) return first(late, 'DESC NULLS LAST');
  const early = earliest.find((tuple) => tuple.includes(name));
  if (early !== undefined) return first(early, 'ASC NULLS LAST');
  return least.includes(name) || once.includes(name)
    ? (column) => `min(${column})`
    : (column) => `max(${column})`;
}

/** What orders events that several machines number. PostgreSQL looks into an index for it. */
const ORDER = 'r."at"';

/**
 * The sessions of a repository. As a function its cost is not counted where no repository is asked
 * for: PostgreSQL counts a subquery each time that it looks into a table, and would rather read all
 * of that table once.
 */
const SESSIONS = `
CREATE FUNCTION ${ROWS}.sessions_of(wanted text) RETURNS SETOF text LANGUAGE plpgsql STABLE COST 1 ROWS 500 AS $$
BEGIN
  RETURN QUERY SELECT s.id FROM ${rowsTable('sessions')} AS s WHERE ${ROWS}.is_of_repository(s.repository, s.project, wanted);
END $$;
`;

/**
 * Views that queries plan well on. Where queries ask for the number of an event they find its time:
 * each machine counts its own, so that those of a new one would be behind all others.
 */
export function orderSql(tables: readonly SharedTable[]): string {
  const views = tables.map((table) =>
    viewSql(table, (wanted) => `SELECT ${ROWS}.sessions_of(${wanted}) COLLATE "C"`)
      .replace('CREATE VIEW', 'CREATE OR REPLACE VIEW')
      .replace('r."seq"', `${ORDER} AS "seq"`),
  );
  const hasEvents = tables.some(({ shape }) => shape.definition.table === 'events');
  const index = `CREATE INDEX events_in_order ON ${rowsTable('events')} ("at" NULLS FIRST);`;
  return [SESSIONS, ...views, ...(hasEvents ? [index] : [])].join('\n');
}
