import { ROWS } from './merge-sql.ts';
import { FILTERS, VIEWS } from './schema-views.ts';

/**
 * Versions, teams and machines. Roles that `members` names see and write the rows of their team
 * alone; while it is empty, every role is of the team `main`.
 */
export const FLEET = `
CREATE TABLE ${ROWS}.schema_versions (version int PRIMARY KEY, made_by text NOT NULL, made_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE ${ROWS}.members (role name PRIMARY KEY, team text COLLATE "C" NOT NULL);

CREATE FUNCTION ${ROWS}.my_team() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE WHEN EXISTS (SELECT FROM ${ROWS}.members)
    THEN (SELECT team FROM ${ROWS}.members WHERE role = session_user) ELSE 'main' END $$;

-- applied, applied_events: up to which change and which event of the store its rows are here. feed: the store that they count.
-- clock_ahead_ms: how far the clock of the machine was ahead of this one when it sent last.
CREATE TABLE ${ROWS}.hosts (
  team           text COLLATE "C" NOT NULL DEFAULT ${ROWS}.my_team(),
  host           text COLLATE "C" PRIMARY KEY,
  name           text COLLATE "C" NOT NULL,
  person         text COLLATE "C",
  version        text NOT NULL,
  feed           text,
  applied        bigint NOT NULL DEFAULT 0,
  applied_events bigint NOT NULL DEFAULT 0,
  joined_at      timestamptz NOT NULL DEFAULT now(),
  sent_at        timestamptz,
  clock_ahead_ms bigint
);
ALTER TABLE ${ROWS}.hosts ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_team ON ${ROWS}.hosts USING (team = (SELECT ${ROWS}.my_team())) WITH CHECK (team = (SELECT ${ROWS}.my_team()));

CREATE FUNCTION ${ROWS}.wanted_hosts() RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN coalesce(current_setting('${FILTERS.host}', true), '') <> '' OR coalesce(current_setting('${FILTERS.person}', true), '') <> ''
    THEN ARRAY(SELECT host FROM ${ROWS}.hosts
      WHERE coalesce(nullif(current_setting('${FILTERS.host}', true), ''), name) IN (name, host)
        AND (coalesce(current_setting('${FILTERS.person}', true), '') = '' OR person = current_setting('${FILTERS.person}', true))) END $$;

CREATE FUNCTION ${ROWS}.is_of_repository(repository text, project text, wanted text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT wanted IN (repository, project) OR repository LIKE '%/' || wanted || '/.git' OR project LIKE '%/' || wanted $$;

CREATE VIEW ${VIEWS}.hosts WITH (security_invoker = true) AS SELECT host, name, person, version, joined_at, sent_at, clock_ahead_ms FROM ${ROWS}.hosts;
`;

/**
 * Creates partitions by month. The first writer of a month's event creates its partition. A month
 * far from now, as a wrong clock gives it, gets none: its rows stay in the default partition.
 */
export const MONTHS = `
CREATE FUNCTION ${ROWS}.make_month(first date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  part text := 'events_' || to_char(first, 'YYYYMM');
  low bigint := extract(epoch FROM first)::bigint * 1000;
  high bigint := extract(epoch FROM first + interval '1 month')::bigint * 1000;
BEGIN
  IF first <> date_trunc('month', first)::date OR first < date '2020-01-01' OR first > now() + interval '40 days'
    OR to_regclass('${ROWS}.' || part) IS NOT NULL THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('${ROWS}.make_month'));
  IF to_regclass('${ROWS}.' || part) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE ${ROWS}.%I (LIKE ${ROWS}.events INCLUDING DEFAULTS)', part);
  EXECUTE format('ALTER TABLE ${ROWS}.%I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('WITH moved AS (DELETE FROM ${ROWS}.events_other WHERE "at" >= %s AND "at" < %s RETURNING *) INSERT INTO ${ROWS}.%I SELECT * FROM moved', low, high, part);
  EXECUTE format('ALTER TABLE ${ROWS}.events ATTACH PARTITION ${ROWS}.%I FOR VALUES FROM (%s) TO (%s)', part, low, high);
END $$;
REVOKE ALL ON FUNCTION ${ROWS}.make_month(date) FROM PUBLIC;
`;

type TeamRole = 'waymark_reader' | 'waymark_writer';

/**
 * Grants rights on something that a later version of the schema has. A role that an administrator
 * has not created yet gets none.
 * @param rights Such as `SELECT ON waymark.sessions`.
 */
export function grantSql(
  rights: string,
  roles: readonly TeamRole[] = ['waymark_reader', 'waymark_writer'],
): string {
  return `
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[${roles.map((role) => `'${role}'`).join(', ')}] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('GRANT ${rights} TO %I', name);
    END IF;
  END LOOP;
END $$;
`;
}

/**
 * What other roles may do: \`waymark_writer\` sends, \`waymark_reader\` reads, and neither changes
 * the schema. If the owner must not create roles, an administrator creates them.
 */
export const ACCESS = `
DO $$ BEGIN
  IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waymark_writer') THEN CREATE ROLE waymark_writer NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waymark_reader') THEN CREATE ROLE waymark_reader NOLOGIN; END IF;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waymark_reader') THEN
    GRANT USAGE ON SCHEMA ${ROWS}, ${VIEWS} TO waymark_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA ${ROWS} TO waymark_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA ${VIEWS} TO waymark_reader;
    REVOKE ALL ON ${ROWS}.members FROM waymark_reader;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waymark_writer') THEN
    GRANT USAGE ON SCHEMA ${ROWS}, ${VIEWS} TO waymark_writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${ROWS} TO waymark_writer;
    REVOKE ALL ON ${ROWS}.members FROM waymark_writer;
    REVOKE INSERT, UPDATE, DELETE ON ${ROWS}.schema_versions FROM waymark_writer;
    GRANT SELECT ON ALL TABLES IN SCHEMA ${VIEWS} TO waymark_writer;
    GRANT EXECUTE ON FUNCTION ${ROWS}.make_month(date) TO waymark_writer;
  END IF;
END $$;
`;

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
