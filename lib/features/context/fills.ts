import { headOf } from '../../core/text.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';

/** Results of one tool for one target that are in the context. */
export interface Fill {
  readonly tool: string;
  readonly target: string;
  /** How many. */
  readonly results: number;
  /** About: four characters a token. */
  readonly tokens: number;
}

const CHARACTERS_PER_TOKEN = 4;
const TARGET_LIMIT = 160;

const SINCE_COMPACTION = `r.session_id = ?1 AND r.at > coalesce((SELECT max(at) FROM context_samples WHERE session_id = ?1 AND message_id BETWEEN 'compaction ' AND 'compaction~'), -1)`;
const GROUPED = `FROM result_sizes r JOIN operations o ON o.tool_use_id = r.tool_use_id WHERE ${SINCE_COMPACTION}`;

const LARGEST = `SELECT o.tool AS tool, o.target AS target, count(*) AS results, sum(r.size) AS size ${GROUPED}
  GROUP BY o.tool, o.target ORDER BY size DESC, tool, target LIMIT ?2`;

const BY_TOOL = `SELECT o.tool AS tool, '' AS target, count(*) AS results, sum(r.size) AS size ${GROUPED}
  GROUP BY o.tool ORDER BY size DESC, tool LIMIT ?2`;

/** All but the last result of a target: an earlier state of a file, an earlier run of a command. */
const OUTDATED = `SELECT tool, target, count(*) AS results, sum(size) AS size FROM (
    SELECT o.tool AS tool, o.target AS target, r.size AS size,
      row_number() OVER (PARTITION BY o.tool, o.target ORDER BY r.at DESC, r.tool_use_id) AS age ${GROUPED} AND o.target <> '')
  WHERE age > 1 GROUP BY tool, target ORDER BY size DESC, tool, target LIMIT ?2`;

/** What the large results in the context of a session are, since its last compaction. */
export function contextFills(database: Database, sessionId: string, most: number) {
  const fills = (sql: string): readonly Fill[] =>
    database.prepare(sql).all(sessionId, most).map(fillOf);
  return {
    byTool: () => fills(BY_TOOL),
    largest: () => fills(LARGEST),
    outdated: () => fills(OUTDATED),
  };
}

function fillOf(row: Row): Fill {
  return {
    tool: stringField(row, 'tool') ?? 'unknown',
    target: headOf(stringField(row, 'target') ?? '', TARGET_LIMIT),
    results: numberField(row, 'results') ?? 0,
    tokens: Math.round((numberField(row, 'size') ?? 0) / CHARACTERS_PER_TOKEN),
  };
}
