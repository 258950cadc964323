import type { Database } from '../store/database.ts';

/** What an import adds to. Field names are a contract. */
export interface ImportCounts {
  readonly sessions: number;
  /** Sessions of which the prompts alone are left. */
  readonly promptsOnly: number;
  readonly prompts: number;
  readonly answers: number;
  readonly calls: number;
  readonly failures: number;
  readonly agents: number;
  readonly usage: number;
}

const COUNTS = `SELECT
  (SELECT count(*) FROM sessions) AS sessions,
  (SELECT count(*) FROM sessions WHERE imported = 'prompts') AS promptsOnly,
  (SELECT count(*) FROM messages WHERE role = 'prompt') AS prompts,
  (SELECT count(*) FROM messages WHERE role = 'answer') AS answers,
  (SELECT count(*) FROM operations) AS calls,
  (SELECT count(*) FROM operations WHERE coalesce(hook_outcome, transcript_outcome) = 'failed') AS failures,
  (SELECT count(*) FROM agents) AS agents,
  (SELECT count(*) FROM usage) AS usage`;

/** Counts the rows that imports add. Scans the tables. */
export function importCounts(database: Database): ImportCounts {
  const row = database.prepare(COUNTS).get() ?? {};
  const of = (name: keyof ImportCounts): number => Number(row[name] ?? 0);
  return {
    sessions: of('sessions'),
    promptsOnly: of('promptsOnly'),
    prompts: of('prompts'),
    answers: of('answers'),
    calls: of('calls'),
    failures: of('failures'),
    agents: of('agents'),
    usage: of('usage'),
  };
}

/** What came between two counts. */
export function subtractCounts(after: ImportCounts, before: ImportCounts): ImportCounts {
  return {
    sessions: after.sessions - before.sessions,
    promptsOnly: after.promptsOnly - before.promptsOnly,
    prompts: after.prompts - before.prompts,
    answers: after.answers - before.answers,
    calls: after.calls - before.calls,
    failures: after.failures - before.failures,
    agents: after.agents - before.agents,
    usage: after.usage - before.usage,
  };
}
