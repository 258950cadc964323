import { ROWS, rowsTable } from './merge-sql.ts';
import { CALL_WORDS, conditionsOf, isSearched } from './schema-search.ts';
import { VIEWS } from './schema-views.ts';
import type { SharedTable } from './table-shape.ts';

const DAY_MS = 86_400_000;

/** So many days lie between today and the first day of each part of time that is looked at. */
const PARTS = [1, 8, 57, 400];

/** The first part has days to come, too: a clock may be ahead. */
const DAYS_AHEAD = 60;

const CALL_TIME = 'coalesce(r."at", r.ended_at)';

/** The days of rows beside their words: an index finds the latest of very many rows with a word. */
function indexSql(table: string, words: string, time: string, where = ''): string {
  const name = `${table}_of_words`;
  const of = (expression: string): string => expression.replaceAll('r.', '');
  return `DROP INDEX ${ROWS}.${name};
CREATE INDEX ${name} ON ${rowsTable(table)} USING gin (${of(words)}, (ARRAY[${of(time)} / ${DAY_MS}])) WITH (gin_pending_list_limit = 512)${where};`;
}

interface Source {
  /** What may be asked for to find its rows. */
  readonly kinds: readonly string[];
  readonly kind: string;
  readonly columns: string;
  readonly table: string;
  readonly where: string;
  readonly words: string;
  readonly time: string;
  readonly session: string;
}

const MESSAGES: Source = {
  kinds: ['prompt', 'answer'],
  kind: 'r.role',
  columns: 'r.role, r.session_id, r.id, r.at, NULL::text, NULL::text, r.text, NULL::text',
  table: 'messages',
  where: 'NOT $5',
  words: `${ROWS}.words(r.text)`,
  time: 'r."at"',
  session: 'session_id',
};

const PROMPTS: Source = {
  ...MESSAGES,
  kinds: ['prompt'],
  kind: `'prompt'`,
  columns: `'prompt', r.session_id, r.id, r.at, NULL::text, NULL::text, r.detail, NULL::text,
      EXISTS (SELECT FROM ${rowsTable('messages')} AS m WHERE m.host = r.host AND m.session_id = r.session_id)`,
  table: 'session_log',
  where: `NOT $5 AND r.kind = 'prompt_submitted'`,
  words: `${ROWS}.words(r.detail)`,
};

const CALLS: Source = {
  ...MESSAGES,
  kinds: ['call'],
  kind: `'call'`,
  columns: `'call', r.session_id, r.tool_use_id, ${CALL_TIME}, r.tool,
      CASE coalesce(r.hook_outcome, r.transcript_outcome, 'running') WHEN 'unclear' THEN 'rejected' ELSE coalesce(r.hook_outcome, r.transcript_outcome, 'running') END,
      r.target, r.error`,
  table: 'operations',
  where: `(NOT $5 OR coalesce(r.hook_outcome, r.transcript_outcome) IN ('failed', 'rejected', 'unclear'))`,
  words: CALL_WORDS,
  time: CALL_TIME,
};

const TITLES: Source = {
  ...MESSAGES,
  kinds: ['title'],
  kind: `'title'`,
  columns: `'title', r.id, r.id, r.last_event_at, NULL::text, NULL::text, r.title, NULL::text`,
  table: 'sessions',
  words: `${ROWS}.words(r.title)`,
  time: 'r.last_event_at',
  session: 'id',
};

/** @param part Which part of time: $7 are its days; before $8 and from $9 on nobody has looked. */
function selectSql(
  { kind, columns, table, where, words, time, session }: Source,
  part: string,
): string {
  return `SELECT ${columns} FROM ${rowsTable(table)} AS r
    WHERE ${kind} = ANY (string_to_array($2, ',')) AND ${words} @@ $1 AND ${time} >= $3 AND ${part}
      AND ${where} AND ${conditionsOf(session)}
    ORDER BY ${time} DESC LIMIT $6`;
}

const IN_DAYS = ({ time }: Source): string => `ARRAY[${time} / ${DAY_MS}] && $7`;
const ELSEWHERE = ({ time }: Source): string => `(${time} < $8 OR ${time} >= $9)`;

const GIVEN = `asked::tsquery, kinds, since, sessions, is_failed, most - taken, days, low * ${DAY_MS}, high * ${DAY_MS}`;

/** Returns rows, and counts them. */
function returnRows(statement: string): string {
  return `RETURN QUERY EXECUTE $sql$${statement}$sql$ USING ${GIVEN};
    GET DIAGNOSTICS got = ROW_COUNT;
    taken := taken + got;`;
}

/** Most prompts that are looked at: those of sessions with messages are found as messages. */
const MOST_PROMPTS = 5_000;

/** Returns prompts of sessions without messages. */
function returnPrompts(statement: string): string {
  return `FOR kind, session_id, id, at, tool, outcome, main, error, is_message IN EXECUTE $sql$${statement}$sql$
      USING ${GIVEN.replace('most - taken', `${MOST_PROMPTS} - seen`)} LOOP
      seen := seen + 1;
      CONTINUE WHEN is_message OR taken >= most;
      taken := taken + 1;
      RETURN NEXT;
    END LOOP;`;
}

/** The latest rows of one table: part by part, until there are enough. */
function searchOf(source: Source): string {
  const isPrompts = source === PROMPTS;
  const run = isPrompts ? returnPrompts : returnRows;
  const isEnough = isPrompts ? `taken >= most OR seen >= ${MOST_PROMPTS}` : 'taken >= most';
  return `
  IF string_to_array(kinds, ',') && ARRAY[${source.kinds.map((kind) => `'${kind}'`).join(', ')}] THEN
  taken := 0; low := high;
  FOREACH back IN ARRAY ARRAY[${PARTS.join(', ')}] LOOP
    days := ARRAY(SELECT generate_series(today - back, low - 1));
    low := today - back;
    ${run(selectSql(source, IN_DAYS(source)))}
    EXIT WHEN ${isEnough} OR low * ${DAY_MS} <= since;
  END LOOP;
  IF NOT (${isEnough}) AND low * ${DAY_MS} > since THEN
    ${run(selectSql(source, ELSEWHERE(source)))}
  END IF;
  END IF;`;
}

/**
 * Finds what the function of version 2 finds. That one read every row that has the words, of which
 * a team has hundreds of thousands, and left all but the latest out. Each statement is planned for
 * its words and days. Rows of a clock that is months ahead come last.
 */
const FIND = `
CREATE OR REPLACE FUNCTION ${VIEWS}.find_texts(asked text, kinds text, since bigint, sessions text, is_failed boolean, most int)
RETURNS TABLE (kind text, session_id text, id text, at bigint, tool text, outcome text, main text, error text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $find$
DECLARE
  today bigint := extract(epoch FROM now())::bigint / 86400;
  high bigint := today + ${DAYS_AHEAD};
  low bigint;
  back int;
  days bigint[];
  taken int;
  got int;
  seen int := 0;
  is_message boolean;
BEGIN
${[TITLES, MESSAGES, PROMPTS, CALLS].map(searchOf).join('\n')}
END $find$;
`;

/** Search that a word in every text does not slow down. */
export function findSql(tables: readonly SharedTable[]): string {
  if (!isSearched(tables)) return '';
  return [
    indexSql('sessions', TITLES.words, TITLES.time),
    indexSql('messages', MESSAGES.words, MESSAGES.time),
    indexSql('session_log', PROMPTS.words, PROMPTS.time, ` WHERE kind = 'prompt_submitted'`),
    indexSql('operations', CALLS.words, CALLS.time),
    FIND,
  ].join('\n');
}
