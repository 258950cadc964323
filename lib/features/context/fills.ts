import { headOf } from '../../core/text.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { readLargeResults, type WhichFills } from './table.ts';

/** The results of one tool for one target in the current context. */
export interface Fill {
  readonly tool: string;
  readonly target: string;
  /** Number of results. */
  readonly results: number;
  /** Estimate: four characters per token. */
  readonly tokens: number;
}

const CHARACTERS_PER_TOKEN = 4;
const TARGET_LIMIT = 160;

/** Returns the largest results in the context of a session since its last compaction. */
export function readContextFills(database: Database, sessionId: string, most: number) {
  const fills = (which: WhichFills): readonly Fill[] =>
    readLargeResults(database, sessionId, which, most).map(fillOf);
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
