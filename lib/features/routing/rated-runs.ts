import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { RatedRun } from './advice.ts';

const RATED = `SELECT * FROM agent_runs WHERE at >= ? AND outcome IN ('ok', 'failed') ORDER BY at, tool_use_id`;

/** Runs since a moment that came to an end; what was rejected or stopped says nothing about an agent. */
export function ratedRuns(database: Database, since: number): readonly RatedRun[] {
  return database
    .prepare(RATED)
    .all(since)
    .map((row) => ({
      kind: stringField(row, 'kind') ?? 'other',
      agentType: stringField(row, 'agent_type') ?? '',
      model: stringField(row, 'model') ?? '',
      at: numberField(row, 'at') ?? 0,
      isOk: row['outcome'] === 'ok',
      tokens: numberField(row, 'tokens') ?? null,
      durationMs: numberField(row, 'duration_ms') ?? null,
    }));
}
