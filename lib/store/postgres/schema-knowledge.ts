import { ROWS, rowsTable } from './merge-sql.ts';
import { grantSql } from './schema-fleet.ts';
import { emptyViewSql } from './schema-views.ts';
import type { SharedTable, TableShape } from './table-shape.ts';

/** Rows of these tables are evidence of a failure pattern, named by this column. */
const EVIDENCE = [
  ['failure_patterns', 'id'],
  ['command_runs', 'pattern_id'],
  ['failure_fixes', 'pattern_id'],
  ['pattern_choices', 'pattern_id'],
] as const;

const CHANGES = `${ROWS}.knowledge_changes`;

/** Kinds about the code of one moment: nobody is warned of them. */
const OF_CODE = `('result', 'information')`;

/**
 * Notes of failure patterns whose evidence changed and that others may learn from: a person
 * confirmed a fix, or it happened to two people. A machine asks for what is new since its last
 * question, and the server notifies those that listen. Triggers see every change, no matter which
 * program writes. Notes have the number of their transaction: a reader goes up to the oldest one
 * that still runs, so that none is missed and no writer waits for another. A new note of a pattern
 * deletes the older ones. A noted pattern is noted again at each change, so that readers learn when
 * evidence is deleted.
 */
const NOTES = `
CREATE TABLE ${CHANGES} (
  team  text COLLATE "C" NOT NULL DEFAULT ${ROWS}.my_team(),
  id    text COLLATE "C" NOT NULL,
  xact  xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX knowledge_changes_by_xact ON ${CHANGES} (xact);
CREATE INDEX knowledge_changes_by_id ON ${CHANGES} (id);
ALTER TABLE ${CHANGES} ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON ${CHANGES} USING (team = (SELECT ${ROWS}.my_team())) WITH CHECK (team = (SELECT ${ROWS}.my_team()));

CREATE FUNCTION ${ROWS}.knowledge_channel() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'waymark_' || left(md5(${ROWS}.my_team()), 16) $$;

CREATE FUNCTION ${ROWS}.note_knowledge(changed text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  ids text[];
BEGIN
  IF cardinality(changed) = 0 THEN RETURN; END IF;
  ids := ARRAY(SELECT c FROM unnest(changed) AS c WHERE
    EXISTS (SELECT FROM ${CHANGES} AS k WHERE k.id = c)
    OR EXISTS (SELECT FROM ${ROWS}.pattern_choices AS p WHERE p.pattern_id = c AND p.confirmed_fix IS NOT NULL)
    OR 1 < (SELECT count(DISTINCT coalesce(h.person, h.host)) FROM ${ROWS}.command_runs AS r JOIN ${ROWS}.hosts AS h ON h.host = r.host
      WHERE r.pattern_id = c AND r.kind NOT IN ${OF_CODE}));
  IF cardinality(ids) = 0 THEN RETURN; END IF;
  DELETE FROM ${CHANGES} AS k USING (
    SELECT ctid FROM ${CHANGES} WHERE id = ANY (ids) AND xact < pg_snapshot_xmin(pg_current_snapshot()) FOR UPDATE SKIP LOCKED
  ) AS old WHERE k.ctid = old.ctid;
  INSERT INTO ${CHANGES} (id) SELECT unnest(ids);
  PERFORM pg_notify(${ROWS}.knowledge_channel(), '');
END $$;
`;

function triggersOf([table, column]: (typeof EVIDENCE)[number]): string {
  const name = `${ROWS}.note_${table}`;
  const ids = (rows: string): string =>
    `SELECT ${column} AS id FROM ${rows} WHERE ${column} IS NOT NULL`;
  // an update that leaves everything as it was says nothing: a batch may come again
  const updated = `(SELECT * FROM came EXCEPT ALL SELECT * FROM went) AS news`;
  const trigger = (event: string, rows: string): string =>
    `CREATE TRIGGER note_${event.toLowerCase()} AFTER ${event} ON ${rowsTable(table)} REFERENCING ${rows} FOR EACH STATEMENT EXECUTE FUNCTION ${name}();`;
  return `
CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN PERFORM ${ROWS}.note_knowledge(ARRAY(SELECT DISTINCT id FROM (${ids('came')}) AS c));
  ELSIF TG_OP = 'DELETE' THEN PERFORM ${ROWS}.note_knowledge(ARRAY(SELECT DISTINCT id FROM (${ids('went')}) AS c));
  ELSE PERFORM ${ROWS}.note_knowledge(ARRAY(SELECT DISTINCT id FROM (${ids(updated)}) AS c));
  END IF;
  RETURN NULL;
END $$;
${trigger('INSERT', 'NEW TABLE AS came')}
${trigger('UPDATE', 'OLD TABLE AS went NEW TABLE AS came')}
${trigger('DELETE', 'OLD TABLE AS went')}`;
}

const GRANTS = [
  grantSql(`SELECT ON ${CHANGES}`, ['waymark_reader']),
  grantSql(`SELECT, INSERT, DELETE, UPDATE ON ${CHANGES}`, ['waymark_writer']),
].join('');

/** Lets machines learn from each other; see {@link NOTES}. What is there already is noted, too. */
export function knowledgeSql(tables: readonly SharedTable[], local: readonly TableShape[]): string {
  const names = new Set(tables.map(({ shape }) => shape.definition.table));
  const hasAll = EVIDENCE.every(([table]) => names.has(table));
  const evidence = hasAll ? EVIDENCE : [];
  const views = local.filter(({ definition }) => definition.table === 'team_patterns');
  return [
    NOTES,
    ...evidence.map(triggersOf),
    ...(!hasAll
      ? []
      : [
          `INSERT INTO ${CHANGES} (team, id)
  SELECT team, pattern_id FROM ${rowsTable('pattern_choices')} WHERE confirmed_fix IS NOT NULL UNION
  SELECT r.team, r.pattern_id FROM ${rowsTable('command_runs')} AS r JOIN ${ROWS}.hosts AS h ON h.host = r.host
    WHERE r.pattern_id IS NOT NULL AND r.kind NOT IN ${OF_CODE} GROUP BY 1, 2 HAVING count(DISTINCT coalesce(h.person, h.host)) > 1;`,
        ]),
    ...views.map((shape) => emptyViewSql(shape).replace('CREATE VIEW', 'CREATE OR REPLACE VIEW')),
    GRANTS,
  ].join('\n');
}
