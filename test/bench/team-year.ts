/** Rows of each table for one session, which add up to about 250. */
const MACHINES = 200;
const DAYS = 180;
/** Sessions of one statement: each takes a minute at most. */
const AT_ONCE = 4_000;
const DAY_MS = 86_400_000;

/**
 * Statements that fill the tables of a team with about `rows` rows of half a year up to `now`, as
 * 200 machines would have sent them. Made by PostgreSQL, so that millions take minutes.
 */
export function teamYear(
  rows: number,
  now: number,
): ReadonlyArray<readonly [what: string, sql: string]> {
  const sessions = Math.max(MACHINES, Math.round(rows / 250));
  const span = DAYS * DAY_MS;
  const start = `(${now - span} + s::bigint * ${span} / ${sessions})`;
  const host = `'host-' || (s % ${MACHINES})`;
  let [from, to] = [1, Math.min(sessions, AT_ONCE)];
  const each = (count: number): string =>
    `FROM generate_series(${from}, ${to}) AS s, generate_series(1, ${count}) AS n`;
  const at = `${start} + n * 40000 - 4000000`;
  const months = Array.from({ length: 8 }, (_none, back) => {
    const day = new Date(now);
    return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - back, 1));
  });
  const made: Array<readonly [string, string]> = [
    [
      'hosts',
      `INSERT INTO waymark_rows.hosts (host, name, person, version, feed, sent_at)
         SELECT 'host-' || n, 'laptop-' || n, 'person-' || n / 2, '1', 'f', now() FROM generate_series(0, ${MACHINES - 1}) AS n;
       ${months.map((month) => `SELECT waymark_rows.make_month('${month.toISOString().slice(0, 10)}');`).join('\n')}`,
    ],
  ];
  for (; from <= sessions; [from, to] = [to + 1, Math.min(sessions, to + AT_ONCE)])
    for (const [table, sql] of tablesOf()) made.push([`${table} of session ${from} to ${to}`, sql]);
  return [...made, ['statistics', 'ANALYZE']];

  function tablesOf(): ReadonlyArray<readonly [table: string, sql: string]> {
    return [
      [
        'sessions',
        `INSERT INTO waymark_rows.sessions (team, host, id, project, worktree, repository, identity_at, identity_whole, model, model_at, started_at, first_event_at, last_event_at, ended_at, operation_count, ai_title)
         SELECT 'main', ${host}, 'session-' || s, '/home/p/project-' || s % 60, '/home/p/project-' || s % 60, '/home/p/project-' || s % 60 || '/.git', ${start}, 1, 'claude-opus-4-8', ${start}, ${start} - 4000000, ${start} - 4000000, ${start}, ${start}, 75, 'Rounding of invoices ' || s
         FROM generate_series(${from}, ${to}) AS s`,
      ],
      [
        'events',
        `INSERT INTO waymark_rows.events (team, host, id, at, seq, type, source, session_id, stored_at, envelope)
         SELECT 'main', ${host}, 'evt_' || s || '_' || n, ${at}, s * 100 + n, CASE WHEN n % 50 = 0 THEN 'security.risky_command' WHEN n % 10 = 0 THEN 'session.prompt_submitted' ELSE 'tool.completed' END, 'hook/post-tool-use', 'session-' || s, ${at},
           '{"event_id":"evt_' || s || '_' || n || '","type":"tool.completed","payload":{"session_id":"session-' || s || '","tool":"Bash","target":"npm test","rule":"rm","severity":"high","message":"m"},"metadata":{"priority":"normal"}}'
         ${each(100)}`,
      ],
      [
        'operations',
        `INSERT INTO waymark_rows.operations (team, host, tool_use_id, hook_at, hook_session, hook_tool, hook_target, hook_outcome, hook_error, at, transcript_at, transcript_outcome)
         SELECT 'main', ${host}, 'toolu_' || s || '_' || n, ${at}, 'session-' || s, CASE WHEN n % 3 = 0 THEN 'Edit' ELSE 'Bash' END, CASE WHEN n % 3 = 0 THEN '/home/p/src/file' || n || '.ts' ELSE 'npm run task' || (s * 7 + n) % 5000 END, CASE WHEN n % 12 = 0 THEN 'failed' ELSE 'ok' END,
           CASE WHEN n % 12 = 0 THEN 'Exit code ' || n END, ${at}, ${at} + 900, CASE WHEN n % 12 = 0 THEN 'failed' ELSE 'ok' END ${each(75)}`,
      ],
      [
        'usage',
        `INSERT INTO waymark_rows.usage (team, host, message_id, request_id, session_id, agent_id, at, model, input, output, cache_read)
         SELECT 'main', ${host}, 'msg_' || s || '_' || n, 'req', 'session-' || s, '', ${at}, CASE WHEN n % 4 = 0 THEN 'claude-haiku-4-5' ELSE 'claude-opus-4-8' END, 10, 400, 60000 ${each(32)}`,
      ],
      [
        'messages',
        `INSERT INTO waymark_rows.messages (team, host, session_id, id, role, at, text, length)
         SELECT 'main', ${host}, 'session-' || s, 'm' || n, CASE WHEN n % 4 = 0 THEN 'prompt' ELSE 'answer' END, ${at}, 'The rounding of cent' || (s + n) % 3000 || ' goes wrong where invoice ' || s || ' is summed up, so the total of page ' || n || ' is short', 100 ${each(20)}`,
      ],
      [
        'prompts',
        `INSERT INTO waymark_rows.session_log (team, host, id, session_id, at, kind, detail)
         SELECT 'main', ${host}, 'log_' || s || '_' || n, 'session-' || s, ${at}, 'prompt_submitted', 'Fix rounding ' || n ${each(6)};
       INSERT INTO waymark_rows.prompts (team, host, session_id, id) SELECT 'main', ${host}, 'session-' || s, 'log_' || s || '_' || n ${each(6)}`,
      ],
      [
        'failures',
        `INSERT INTO waymark_rows.failures (team, host, id, session_id, tool, target, error, at)
         SELECT 'main', ${host}, 'fail_' || s || '_' || n, 'session-' || s, 'Bash', 'npm run task', 'Exit code 1', ${at} ${each(6)};
       INSERT INTO waymark_rows.failure_patterns (team, host, id, command_key, tool, command, error, needle, is_general, last_at)
         SELECT 'main', ${host}, 'pat_' || s % 2000, 'key', 'Bash', 'npm run task', 'Exit code 1', 'task', 0, ${start} FROM generate_series(${from}, ${to}) AS s ON CONFLICT DO NOTHING;
       ALTER TABLE waymark_rows.command_runs DISABLE TRIGGER USER;
       INSERT INTO waymark_rows.command_runs (team, host, id, command_key, session_id, project, exact, pattern_id, kind, source, at)
         SELECT 'main', ${host}, 'run_' || s || '_' || n, 'key', 'session-' || s, '/home/p/project-' || s % 60, 'x', 'pat_' || (s + n) % 2000, 'other', 'hook', ${at} ${each(6)};
       ALTER TABLE waymark_rows.command_runs ENABLE TRIGGER USER`,
      ],
      [
        'agents',
        `INSERT INTO waymark_rows.agent_runs (team, host, tool_use_id, session_id, agent_id, agent_type, model, kind, at, ended_at, outcome, tokens, duration_ms)
         SELECT 'main', ${host}, 'agent_' || s || '_' || n, 'session-' || s, 'a' || n, CASE WHEN n = 1 THEN 'Explore' ELSE 'Plan' END, 'claude-haiku-4-5', 'search', ${at}, ${at} + 60000, 'ok', 5000, 60000 ${each(2)}`,
      ],
    ];
  }
}
