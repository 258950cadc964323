import { quoted, ROWS, rowsTable } from './merge-sql.ts';
import { ACCESS, FLEET, FOREIGN_HOSTS, LEFT_HOSTS, MONTHS } from './schema-fleet.ts';
import { findSql } from './schema-find.ts';
import { knowledgeSql } from './schema-knowledge.ts';
import { searchSql } from './schema-search.ts';
import { daySumsSql, sumsSql, sumsViewSql } from './schema-sums.ts';
import { FUNCTIONS, OUTCOMES } from './schema-functions.ts';
import { emptyViewSql, orderSql, viewSql, VIEWS } from './schema-views.ts';
import type { ColumnShape, IndexShape, SharedTable, TableShape } from './table-shape.ts';

/**
 * The statements that bring PostgreSQL from one version to the next, the first from nothing. One
 * that shipped is never edited.
 * @param local Tables that stay on each machine: queries find them empty.
 */
export function migrations(
  tables: readonly SharedTable[],
  local: readonly TableShape[],
): readonly string[] {
  return [
    [
      `CREATE SCHEMA ${ROWS}; CREATE SCHEMA ${VIEWS};`,
      FLEET,
      ...tables.map(createTable),
      MONTHS,
      ...tables.map((table) => viewSql(table)),
      ...local.map(emptyViewSql),
      FUNCTIONS,
      ...(tables.some(({ shape }) => shape.definition.table === 'operations') ? [OUTCOMES] : []),
      ACCESS,
    ].join('\n'),
    knowledgeSql(tables, local),
    searchSql(tables),
    orderSql(tables),
    sumsSql(tables),
    [sumsViewSql(tables), findSql(tables), LEFT_HOSTS, FOREIGN_HOSTS].join('\n'),
    daySumsSql(tables),
  ];
}

function createTable({ shape, month, session }: SharedTable): string {
  const { table, key } = shape.definition;
  const primary = ['host', ...key.map(quoted)].join(', ');
  const name = rowsTable(table);
  const parts =
    month === undefined
      ? ''
      : `\nCREATE TABLE ${ROWS}.${quoted(`${table}_other`)} PARTITION OF ${name} DEFAULT;
ALTER TABLE ${ROWS}.${quoted(`${table}_other`)} ENABLE ROW LEVEL SECURITY;`;
  return `CREATE TABLE ${name} (
  team text COLLATE "C" NOT NULL DEFAULT ${ROWS}.my_team(),
  host text COLLATE "C" NOT NULL,
  ${shape.columns.map(columnSql).join(',\n  ')},
  PRIMARY KEY (${primary})
)${month === undefined ? '' : ` PARTITION BY RANGE (${quoted(month)})`};${parts}
ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON ${name} USING (team = (SELECT ${ROWS}.my_team())) WITH CHECK (team = (SELECT ${ROWS}.my_team()));
${indexesOf(shape, session)
  .map((index) => createIndex(table, index))
  .join('\n')}`;
}

/** Rows of a session are looked for in every table, also when one is to be forgotten. */
function indexesOf(shape: TableShape, session: string | undefined): readonly IndexShape[] {
  const { definition, indexes } = shape;
  const isFound =
    session === undefined ||
    [...indexes.filter(({ where }) => where === undefined)].some(
      ({ columns }) => columns[0] === session,
    );
  // the key begins with the host, so that the rest of it needs an index of its own
  const ofKey = { name: `${definition.table}_of_key`, columns: definition.key, where: undefined };
  const ofSession = {
    name: `${definition.table}_of_session`,
    columns: session === undefined ? [] : [session],
    where: undefined,
  };
  const isKeyed = session !== undefined && definition.key[0] === session;
  return [ofKey, ...indexes, ...(isFound || isKeyed ? [] : [ofSession])];
}

/** NULL is first, as in SQLite, so that one index serves the order of both. */
function createIndex(table: string, { name, columns, where }: IndexShape): string {
  const listed = columns.map((column) => `${quoted(column)} NULLS FIRST`).join(', ');
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  return `CREATE INDEX ${quoted(name)} ON ${rowsTable(table)} (${listed})${condition};`;
}

function columnSql({ name, type, isRequired, fallback, derived }: ColumnShape): string {
  return [
    quoted(name),
    type,
    ...(type === 'text' ? ['COLLATE "C"'] : []),
    ...(derived === undefined ? [] : [`GENERATED ALWAYS AS (${derived}) STORED`]),
    ...(isRequired && derived === undefined ? ['NOT NULL'] : []),
    ...(fallback === undefined ? [] : [`DEFAULT ${fallback}`]),
  ].join(' ');
}
