import { USAGE } from '../../lib/features/operation/table.ts';
import type { Database, SqlValue } from '../../lib/store/database.ts';
import { applyWrites } from '../../lib/store/sink.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Noon of the last day of the week, UTC. */
export const NOW = Date.parse('2026-11-22T12:00:00Z');
/** Midnight before the first of its seven days. */
export const BEGIN = Date.parse('2026-11-16T00:00:00Z');

/** Puts rows into a table; columns that are left out get their default. */
export function addRows(
  database: Database,
  table: string,
  ...rows: ReadonlyArray<Readonly<Record<string, SqlValue>>>
): void {
  for (const row of rows) {
    const columns = Object.keys(row);
    const places = columns.map(() => '?').join(', ');
    database
      .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
      .run(...Object.values(row));
  }
}

/** A call of a session as hooks and transcript tell it. @param took Milliseconds. */
export function addCall(
  database: Database,
  session: string,
  at: number,
  {
    tool = 'Bash',
    outcome = 'ok',
    took = 1_000,
  }: { readonly tool?: string; readonly outcome?: string; readonly took?: number } = {},
): void {
  const isRejected = outcome === 'rejected';
  addRows(database, 'operations', {
    tool_use_id: `toolu_${session}_${at}`,
    ...{ hook_session: session, hook_tool: tool, hook_target: 'npm test' },
    ...{ at, hook_at: at + took, transcript_at: at + took },
    hook_outcome: isRejected ? null : outcome,
    transcript_outcome: isRejected ? 'unclear' : outcome,
  });
}

export function addAnswer(
  database: Database,
  id: string,
  row: Readonly<Record<string, SqlValue>>,
): void {
  const own = { message_id: id, request_id: 'r', claimed_since: 1, agent_id: null };
  applyWrites(database, [
    { into: USAGE, row: { ...own, model: 'claude-opus-4-8', session_id: 's1', ...row } },
  ]);
}

/** A security event as the worker makes it. */
export function addSecurity(
  database: Database,
  id: string,
  at: number,
  type: string,
  payload: Readonly<Record<string, unknown>>,
): void {
  addRows(database, 'events', {
    ...{ id, type: `security.${type}`, at, source: 'worker', session_id: 's1', stored_at: at },
    envelope: JSON.stringify({ event_id: id, payload }),
  });
}

/**
 * A week with figures that can be added up by hand: two sessions, ten calls on two days, runs of
 * agents, answers of 2.75 dollars, security events, samples of two workers. Before it, a session
 * with one call and an answer of a dollar.
 */
export function fillWeek(database: Database): void {
  addRows(
    database,
    'sessions',
    session('s1', '/work/shop', BEGIN + 10 * HOUR, BEGIN + DAY + 12 * HOUR),
    { ...session('s2', '/work/docs', NOW - 3 * HOUR, NOW - HOUR), imported: 'transcript' },
    session('old', '/work/shop', BEGIN - 3 * DAY, BEGIN - 2 * DAY),
  );
  for (let nth = 0; nth < 6; nth += 1)
    addCall(database, 's1', BEGIN + 10 * HOUR + nth * MINUTE, { took: (nth + 1) * 1_000 });
  addCall(database, 's1', BEGIN + 11 * HOUR, { outcome: 'failed', took: 500 });
  addCall(database, 's1', BEGIN + 11 * HOUR + 1, { tool: 'Edit', outcome: 'rejected', took: 0 });
  addCall(database, 's2', NOW - 2 * HOUR, { tool: 'Edit', took: 20 });
  addCall(database, 's2', NOW - HOUR, { tool: 'Read', outcome: 'failed', took: 30 });
  addCall(database, 'old', BEGIN - 2 * DAY);
  addPrompts(database);
  addAgentRuns(database);
  addAnswer(database, 'm1', { at: BEGIN + 10 * HOUR, output: 100_000 }); // 2.50 dollars
  addAnswer(database, 'm2', { at: NOW - 2 * HOUR, session_id: 's2', input: 50_000 }); // 0.25
  addAnswer(database, 'm3', { at: NOW - 2 * HOUR, session_id: 's2', model: 'gpt-x', output: 7 });
  addAnswer(database, 'm0', { at: BEGIN - DAY, session_id: 'old', output: 40_000 }); // 1.00
  addSecurityEvents(database);
  addSamples(database);
}

function session(id: string, project: string, from: number, to: number) {
  return { id, project, started_at: from, first_event_at: from, last_event_at: to };
}

function addPrompts(database: Database): void {
  for (const [id, at] of [
    ['p1', BEGIN + 10 * HOUR],
    ['p2', BEGIN + DAY],
    ['p0', BEGIN - DAY],
  ] as const) {
    addRows(database, 'prompts', { session_id: 's1', id });
    addRows(database, 'session_log', { session_id: 's1', id, at, kind: 'prompt_submitted' });
  }
  const own = { session_id: 's2', role: 'prompt', text: 'go on', length: 5, at: NOW - 3 * HOUR };
  addRows(
    database,
    'messages',
    { ...own, session_id: 's1', id: 'p1' },
    { ...own, id: 'p3' },
    { ...own, id: 'p4', agent_id: 'a1' },
    { ...own, id: 'a1', role: 'answer' },
  );
  const checkpoint = { saved_by: 'hook/Stop', operation_count: 1 };
  addRows(
    database,
    'checkpoints',
    { ...checkpoint, id: 'c1', session_id: 's1', kind: 'stop', at: BEGIN + 11 * HOUR },
    { ...checkpoint, id: 'c2', session_id: 's1', kind: 'pre-compact', at: BEGIN + 12 * HOUR },
    { ...checkpoint, id: 'c3', session_id: 'old', kind: 'stop', at: BEGIN - 2 * DAY },
  );
}

function addAgentRuns(database: Database): void {
  const run = (
    id: string,
    agent: string,
    outcome: string,
    more: Readonly<Record<string, SqlValue>> = {},
  ) => ({
    ...{ tool_use_id: id, session_id: 's1', agent_type: agent, model: 'claude-haiku-4-5' },
    ...{ kind: 'search', at: BEGIN + 10 * HOUR, outcome, tokens: 1_000, duration_ms: 60_000 },
    ...more,
  });
  addRows(
    database,
    'agent_runs',
    run('r1', 'Explore', 'ok'),
    run('r2', 'Explore', 'ok', { tokens: 3_000, duration_ms: 120_000 }),
    run('r3', 'Explore', 'failed', { tokens: null, at: NOW - HOUR }),
    run('r4', 'Explore', 'stopped', { tokens: null, at: NOW - HOUR }),
    run('r5', 'general-purpose', 'running', { tokens: null, duration_ms: null, at: NOW - HOUR }),
    run('r0', 'Explore', 'ok', { at: BEGIN - DAY }),
  );
}

function addSecurityEvents(database: Database): void {
  const risky = { rule: 'run-download', severity: 'high', message: 'A command runs text' };
  addSecurity(database, 'e1', BEGIN + 10 * HOUR, 'risky_command', {
    ...risky,
    tool_use_id: 'ran',
  });
  addSecurity(database, 'e2', BEGIN + 11 * HOUR, 'risky_command', { ...risky, tool_use_id: 'no' });
  addSecurity(database, 'e3', NOW - HOUR, 'secret_found', {
    ...{ rule: 'secret-in-input', severity: 'critical', message: 'A secret stands' },
  });
  addSecurity(database, 'e4', NOW - HOUR, 'scan_completed', {
    ...{ scanner: 'npm-audit', project: '/work/shop', findings: 3 },
    severities: { critical: 1, high: 1, low: 1 },
  });
  addSecurity(database, 'e5', BEGIN + DAY, 'scan_completed', {
    ...{ scanner: 'npm-audit', project: '/work/shop', findings: 9, severities: { high: 9 } },
  });
  addSecurity(database, 'e0', BEGIN - DAY, 'risky_command', risky);
  addRows(database, 'events', {
    ...{ id: 'copy', type: 'security.risky_command', at: NOW - HOUR, source: 'worker' },
    ...{ stored_at: NOW, copy_of: 'e1', envelope: JSON.stringify({ payload: risky }) },
  });
  addRows(database, 'operations', {
    ...{ tool_use_id: 'ran', hook_session: 'elsewhere', hook_outcome: 'ok', hook_at: 1 },
  });
}

/** A worker that began before the week, and one of its last day. */
function addSamples(database: Database): void {
  const sample = (worker: string, at: number, values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([name, value]) => ({ at, worker, name, value }));
  addRows(
    database,
    'metrics',
    ...sample('w1', BEGIN - HOUR, { processed: 100, failed: 1, cpu_ms: 900 }),
    ...sample('w1', BEGIN + HOUR, { processed: 140, failed: 3, cpu_ms: 1_000 }),
    ...sample('w1', BEGIN + 2 * HOUR, { processed: 150, failed: 3, cpu_ms: 1_500 }),
    ...sample('w1', BEGIN + HOUR, { latency_p50_ms: 2, latency_p95_ms: 8, throughput: 1.5 }),
    ...sample('w1', BEGIN + 2 * HOUR, { latency_p50_ms: 4, latency_p95_ms: 20, throughput: 3 }),
    ...sample('w2', NOW - HOUR, { processed: 7, failed: 0, dead: 1, cpu_ms: 250 }),
    ...sample('clean-up', NOW - HOUR, { 'cleaned/events': 5_000, processed: 99 }),
  );
}
