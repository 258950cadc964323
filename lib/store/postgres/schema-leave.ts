import { ROWS } from './merge-sql.ts';
import { grantSql } from './schema-fleet.ts';

const LEFT = `${ROWS}.left_hosts`;

/**
 * Machines whose rows were deleted because they have left. What a stream still has of them, or a
 * backup of it brings again, is not applied.
 */
export const LEFT_HOSTS = `
CREATE TABLE ${LEFT} (
  team text COLLATE "C" NOT NULL DEFAULT ${ROWS}.my_team(),
  host text COLLATE "C" NOT NULL,
  left_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (team, host)
);
ALTER TABLE ${LEFT} ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON ${LEFT} USING (team = (SELECT ${ROWS}.my_team())) WITH CHECK (team = (SELECT ${ROWS}.my_team()));
${grantSql(`SELECT, INSERT ON ${LEFT}`, ['waymark_writer'])}`;

const FOREIGN = `${ROWS}.foreign_hosts(text)`;

/**
 * Which of these machines (a JSON list) are of another team, whose rows a worker does not see: an
 * entry that names one would be refused whole, again and again.
 */
export const FOREIGN_HOSTS = `
CREATE FUNCTION ${ROWS}.foreign_hosts(listed text) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT h.host FROM ${ROWS}.hosts AS h WHERE h.host IN (SELECT json_array_elements_text(listed::json)) AND h.team IS DISTINCT FROM ${ROWS}.my_team() $$;
REVOKE ALL ON FUNCTION ${FOREIGN} FROM PUBLIC;${grantSql(`EXECUTE ON FUNCTION ${FOREIGN}`, ['waymark_writer'])}`;
