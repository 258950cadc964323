import type { Database, Row } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from './row.ts';

/** An agent of a session, with the agents that it started. Field names are a contract. */
export interface SessionAgent {
  readonly id: string;
  readonly type: string | null;
  /** What it was asked for, in the words of the call. */
  readonly task: string | null;
  readonly model: string | null;
  readonly startedAt: string | null;
  /** `null` while it runs, and if its end was not reported. */
  readonly stoppedAt: string | null;
  /** `ok`, `failed`, `rejected`, `stopped`, …; `null` while nothing is known. */
  readonly outcome: string | null;
  readonly tokens: number | null;
  readonly durationMs: number | null;
  readonly toolUses: number | null;
  readonly children: readonly SessionAgent[];
}

interface Placed {
  readonly agent: Omit<SessionAgent, 'children'>;
  /** The agent whose call started it; `null`: the session itself. */
  readonly parent: string | null;
}

/** The agents of a session as a tree, each level in the order in which they started. */
export async function readSessionAgents(
  database: Database,
  session: string,
): Promise<readonly SessionAgent[]> {
  const query = queryBuilder()
    .selectFrom('agents as a')
    .leftJoin('operation_outcomes as c', 'c.tool_use_id', 'a.tool_use_id')
    .leftJoin('agent_runs as r', 'r.tool_use_id', 'a.tool_use_id')
    .select(['a.agent_id', 'a.type', 'a.started_at', 'a.stopped_at'])
    .select(['c.agent_id as parent', 'c.target'])
    .select(['r.model', 'r.outcome', 'r.tokens', 'r.duration_ms', 'r.tool_uses'])
    .where('a.session_id', '=', session)
    .orderBy('a.started_at')
    .orderBy('a.agent_id');
  return treeOf((await runQuery(database, query)).map(placedOf));
}

function placedOf(row: Row): Placed {
  return {
    parent: readTextColumn(row, 'parent'),
    agent: {
      id: readTextColumn(row, 'agent_id') ?? '',
      type: readTextColumn(row, 'type'),
      task: readTextColumn(row, 'target'),
      model: readTextColumn(row, 'model'),
      startedAt: readIsoColumn(row, 'started_at'),
      stoppedAt: readIsoColumn(row, 'stopped_at'),
      outcome: readTextColumn(row, 'outcome'),
      tokens: readNumberColumn(row, 'tokens'),
      durationMs: readNumberColumn(row, 'duration_ms'),
      toolUses: readNumberColumn(row, 'tool_uses'),
    },
  };
}

/** Agents whose parent is not known, or is their own child, are at the top. */
function treeOf(rows: readonly Placed[]): readonly SessionAgent[] {
  const known = new Set(rows.map(({ agent }) => agent.id));
  const left = new Set(rows);
  const below = (parent: string): readonly SessionAgent[] => {
    const own = [...left].filter((row) => row.parent === parent && row.agent.id !== parent);
    for (const row of own) left.delete(row);
    return own.map(({ agent }) => ({ ...agent, children: below(agent.id) }));
  };
  const isTop = ({ parent }: Placed): boolean => parent === null || !known.has(parent);
  const top = rows.filter(isTop);
  for (const row of top) left.delete(row);
  const tree = top.map(({ agent }) => ({ ...agent, children: below(agent.id) }));
  return [...tree, ...[...left].map(({ agent }) => ({ ...agent, children: [] }))];
}
