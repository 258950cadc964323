import { headOf } from '../../core/text.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { largeResults, type WhichFills } from './table.ts';

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

/** What the large results in the context of a session are, since its last compaction. */
export function contextFills(database: Database, sessionId: string, most: number) {
  const fills = (which: WhichFills): readonly Fill[] =>
    largeResults(database, sessionId, which, most).map(fillOf);
  return {
    byTool: () => fills('by tool'),
    largest: () => fills('largest'),
    outdated: () => fills('outdated'),
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
