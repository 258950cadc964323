import { VIEWS } from './schema-views.ts';

/** What queries use of SQLite and PostgreSQL lacks, under the names that SQLite gives it. */
export const FUNCTIONS = `
CREATE FUNCTION ${VIEWS}.json_each(list text) RETURNS TABLE (key bigint, value text) LANGUAGE sql IMMUTABLE ROWS 20 AS $$
  SELECT place - 1, entry COLLATE "C" FROM json_array_elements_text(list::json) WITH ORDINALITY AS e (entry, place) $$;

CREATE FUNCTION ${VIEWS}.json_extract(document text, path text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT document::json #>> string_to_array(substr(path, 3), '.') $$;

CREATE AGGREGATE ${VIEWS}.json_group_array(bigint) (SFUNC = array_append, STYPE = bigint[], INITCOND = '{}');

CREATE FUNCTION ${VIEWS}.instr(whole text, part text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT strpos(whole, part) $$;

-- * and ? are those of a shell, and a list in brackets
CREATE FUNCTION ${VIEWS}.glob(value text, pattern text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT value ~ ('^' || replace(replace(regexp_replace(pattern, '([.\\\\+(){}|^$])', '\\\\\\1', 'g'), '*', '.*'), '?', '.') || '$') $$;
CREATE OPERATOR ${VIEWS}.~@~ (LEFTARG = text, RIGHTARG = text, FUNCTION = ${VIEWS}.glob);

-- truth is 1 or 0 there, and is counted
CREATE FUNCTION ${VIEWS}.add(one boolean, other int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT one::int + other $$;
CREATE FUNCTION ${VIEWS}.add(one int, other boolean) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT one + other::int $$;
CREATE FUNCTION ${VIEWS}.add(one boolean, other boolean) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT one::int + other::int $$;
CREATE FUNCTION ${VIEWS}.times(one int, other boolean) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT one * other::int $$;
CREATE OPERATOR ${VIEWS}.+ (LEFTARG = boolean, RIGHTARG = int, FUNCTION = ${VIEWS}.add);
CREATE OPERATOR ${VIEWS}.+ (LEFTARG = int, RIGHTARG = boolean, FUNCTION = ${VIEWS}.add);
CREATE OPERATOR ${VIEWS}.+ (LEFTARG = boolean, RIGHTARG = boolean, FUNCTION = ${VIEWS}.add);
CREATE OPERATOR ${VIEWS}.* (LEFTARG = int, RIGHTARG = boolean, FUNCTION = ${VIEWS}.times);
`;

/** What became of each call, as the local store has it. */
export const OUTCOMES = `
CREATE VIEW ${VIEWS}.operation_outcomes WITH (security_invoker = true) AS
  SELECT host, tool_use_id, session_id, agent_id, tool, target, coalesce(at, ended_at) AS at, ended_at, error,
    CASE coalesce(hook_outcome, transcript_outcome, 'running') WHEN 'unclear' THEN 'rejected' ELSE coalesce(hook_outcome, transcript_outcome, 'running') END AS outcome
  FROM ${VIEWS}.operations;
`;
