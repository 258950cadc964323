import { ROWS, rowsTable } from './merge-sql.ts';
import { grantSql } from './schema-fleet.ts';
import { FILTERS, VIEWS } from './schema-views.ts';
import type { SharedTable } from './table-shape.ts';

/** Longest text that is indexed: PostgreSQL refuses a longer list of words, and the row with it. */
const MAX_TEXT = 100_000;

/** Signs of ASCII that separate words, as they do for the search on a machine. */
const SEPARATORS = Array.from({ length: 127 }, (_none, code) => String.fromCharCode(code))
  .slice(1)
  .filter((sign) => !/[0-9A-Za-z]/.test(sign))
  .join('');

const escaped = `E'${SEPARATORS.replaceAll(/['\\]/g, '\\$&').replaceAll(/[\u0001-\u001f]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`;

/** Words without accents. Letters of scripts without spaces are words of their own. */
const WORDS = `
CREATE FUNCTION ${ROWS}.word_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate(CASE WHEN octet_length(value) = length(value) THEN value ELSE
    regexp_replace(regexp_replace(normalize(regexp_replace(normalize(value, NFD), '[\\u0300-\\u036f]', '', 'g'), NFC),
      '[\\u00a0-\\u00bf\\u2000-\\u206f\\u3000-\\u303f]', ' ', 'g'),
      '([\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af])', ' \\1 ', 'g') END,
    ${escaped}, repeat(' ', ${SEPARATORS.length})) $$;

CREATE FUNCTION ${ROWS}.words(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('pg_catalog.simple', ${ROWS}.word_text(left(value, ${MAX_TEXT}))) $$;
`;

/** Where words are found. The expression of each index is that of its query, to the letter. */
export const CALL_WORDS = `${ROWS}.words(coalesce(r.target, '') || ' ' || coalesce(r.error, ''))`;

const INDEXES = `
CREATE INDEX messages_of_words ON ${rowsTable('messages')} USING gin (${ROWS}.words(text));
CREATE INDEX session_log_of_words ON ${rowsTable('session_log')} USING gin (${ROWS}.words(detail)) WHERE kind = 'prompt_submitted';
CREATE INDEX operations_of_words ON ${rowsTable('operations')} USING gin (${CALL_WORDS.replaceAll('r.', '')});
CREATE INDEX sessions_of_words ON ${rowsTable('sessions')} USING gin (${ROWS}.words(title));
`;

/** What everybody may see of a table here: rows of the team, with the filters of the connection. */
export function conditionsOf(session: string): string {
  const wanted = `(SELECT nullif(current_setting('${FILTERS.repository}', true), ''))`;
  return `r.team = (SELECT ${ROWS}.my_team())
      AND ((SELECT ${ROWS}.wanted_hosts()) IS NULL OR r.host = ANY ((SELECT ${ROWS}.wanted_hosts())::text[]))
      AND (${wanted} IS NULL OR EXISTS (SELECT FROM ${rowsTable('sessions')} AS s WHERE s.host = r.host AND s.id = r.${session}
        AND ${ROWS}.is_of_repository(s.repository, s.project, ${wanted})))
      AND ($4 IS NULL OR r.${session} IN (SELECT value FROM json_array_elements_text($4::json) AS l (value)))`;
}

/**
 * Finds texts with all words, the latest first. Runs with the rights of the owner, who sees every
 * row, and names the team itself: PostgreSQL uses no index of words behind a policy for rows, as
 * the comparison of words is not leakproof.
 */
const FIND = `
CREATE FUNCTION ${VIEWS}.find_texts(asked text, kinds text, since bigint, sessions text, is_failed boolean, most int)
RETURNS TABLE (kind text, session_id text, id text, at bigint, tool text, outcome text, main text, error text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  (SELECT 'title', r.id, r.id, r.last_event_at, NULL::text, NULL::text, r.title, NULL::text FROM ${rowsTable('sessions')} AS r
    WHERE 'title' = ANY (string_to_array($2, ',')) AND NOT $5 AND ${ROWS}.words(r.title) @@ $1::tsquery AND r.last_event_at >= $3 AND ${conditionsOf('id')}
    ORDER BY r.last_event_at DESC LIMIT $6)
  UNION ALL
  (SELECT r.role, r.session_id, r.id, r.at, NULL, NULL, r.text, NULL FROM ${rowsTable('messages')} AS r
    WHERE r.role = ANY (string_to_array($2, ',')) AND NOT $5 AND ${ROWS}.words(r.text) @@ $1::tsquery AND r.at >= $3 AND ${conditionsOf('session_id')}
    ORDER BY r.at DESC LIMIT $6)
  UNION ALL
  (SELECT 'prompt', r.session_id, r.id, r.at, NULL, NULL, r.detail, NULL FROM ${rowsTable('session_log')} AS r
    WHERE 'prompt' = ANY (string_to_array($2, ',')) AND NOT $5 AND r.kind = 'prompt_submitted' AND ${ROWS}.words(r.detail) @@ $1::tsquery AND r.at >= $3
      AND NOT EXISTS (SELECT FROM ${rowsTable('messages')} AS m WHERE m.host = r.host AND m.session_id = r.session_id) AND ${conditionsOf('session_id')}
    ORDER BY r.at DESC LIMIT $6)
  UNION ALL
  (SELECT 'call', r.session_id, r.tool_use_id, coalesce(r.at, r.ended_at), r.tool,
      CASE coalesce(r.hook_outcome, r.transcript_outcome, 'running') WHEN 'unclear' THEN 'rejected' ELSE coalesce(r.hook_outcome, r.transcript_outcome, 'running') END,
      r.target, r.error FROM ${rowsTable('operations')} AS r
    WHERE 'call' = ANY (string_to_array($2, ',')) AND ${CALL_WORDS} @@ $1::tsquery AND coalesce(r.at, r.ended_at) >= $3
      AND (NOT $5 OR coalesce(r.hook_outcome, r.transcript_outcome) IN ('failed', 'rejected', 'unclear')) AND ${conditionsOf('session_id')}
    ORDER BY coalesce(r.at, r.ended_at) DESC LIMIT $6) $$;
`;

/** The forms that queries use, in the time zone of who reads (`waymark.zone`). */
const TIMES = `
CREATE FUNCTION ${VIEWS}.strftime(form text, seconds bigint, unit text, zone text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(to_timestamp(seconds) AT TIME ZONE coalesce(nullif(current_setting('waymark.zone', true), ''), 'UTC'), 'YYYY-MM-DD') $$;
CREATE FUNCTION ${VIEWS}.strftime(form text, day text, zone text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT extract(epoch FROM day::timestamp AT TIME ZONE coalesce(nullif(current_setting('waymark.zone', true), ''), 'UTC'))::bigint $$;
`;

const SIGNATURE = `${VIEWS}.find_texts(text, text, bigint, text, boolean, int)`;

const GRANTS = `
REVOKE ALL ON FUNCTION ${SIGNATURE} FROM PUBLIC;${grantSql(`EXECUTE ON FUNCTION ${SIGNATURE}`)}`;

const SEARCHED = ['messages', 'operations', 'sessions', 'session_log'];

/** Full-text search over what machines share. */
export function searchSql(tables: readonly SharedTable[]): string {
  return [TIMES, ...(isSearched(tables) ? [WORDS, INDEXES, FIND, GRANTS] : [])].join('\n');
}

/** Whether the tables with texts are shared. */
export function isSearched(tables: readonly SharedTable[]): boolean {
  const names = new Set(tables.map(({ shape }) => shape.definition.table));
  return SEARCHED.every((table) => names.has(table));
}
