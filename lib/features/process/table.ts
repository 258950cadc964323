import { hasEndedSql } from '../../store/sessions-table.ts';
import type { Database, Row } from '../../store/database.ts';

const OPEN = `SELECT a.session_id, a.agent_id, a.type, a.started_at, s.transcript_path, s.ended_at,
    (SELECT max(coalesce(ended_at, at)) FROM operations WHERE session_id = a.session_id AND agent_id = a.agent_id) AS worked_at
  FROM agents a JOIN sessions s ON s.id = a.session_id
  WHERE a.stopped_at IS NULL AND a.stale_at IS NULL AND a.started_at > ?1
    AND ${hasEndedSql('s.')} LIMIT 200`;

/** Returns agents that started since then and did not end, although their session did. */
export function readOpenAgents(database: Database, since: number): readonly Row[] {
  return database.prepare(OPEN).all(since);
}
