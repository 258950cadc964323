import { sql } from 'kysely';
import { type ModelWindows, parseModelWindows } from '../claude/model-windows.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { StateFolder } from '../core/state-folder.ts';
import {
  type ContextFigures,
  type ContextSample,
  computeFigures,
  type SessionClues,
} from '../features/context/figures.ts';
import type { Database, Row } from '../store/database.ts';
import { bindList, queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** The context windows that the user has set, as the worker reads them. */
export function readConfiguredWindows({
  environment,
  folder,
}: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: StateFolder;
}): ModelWindows {
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  return parseModelWindows(values.modelWindows);
}

/**
 * How full the contexts of these sessions are now, by their ids; those without an answer so far are
 * left out. The same figures as `computeContextFigures` gives for one.
 */
export async function readContextFigures(
  database: Database,
  sessions: readonly string[],
  configured: ModelWindows,
): Promise<ReadonlyMap<string, ContextFigures>> {
  const rows = await runQuery(database, latestSamples(sessions));
  return new Map(
    rows.map((row) => [
      readTextColumn(row, 'session_id') ?? '',
      computeFigures(sampleOf(row), cluesOf(row, configured)),
    ]),
  );
}

/**
 * The latest sample of each session with what tells its window. Samples of one millisecond all
 * come, the one that counts last: a compaction after an answer, the greater after the smaller. Each
 * subquery is one look into an index.
 */
function latestSamples(sessions: readonly string[]) {
  const builder = queryBuilder();
  const samplesOfSession = builder
    .selectFrom('context_samples as o')
    .where('o.session_id', '=', sql.ref<string>('c.session_id'));
  const lastModel = samplesOfSession
    .select('o.model')
    .where('o.model', 'is not', null)
    .orderBy('o.placed_at', 'desc')
    .limit(1);
  const maxHeld = samplesOfSession
    .select('o.tokens')
    .where('o.model', 'is', sql<string>`coalesce(${sql.ref<string>('c.model')}, ${lastModel})`)
    .orderBy('o.tokens', 'desc')
    .limit(1);
  const isCompaction = sql`${sql.ref('c.message_id')} BETWEEN 'compaction ' AND 'compaction~'`;
  return builder
    .selectFrom(bindList(sessions).as('wanted'))
    .innerJoin('context_samples as c', 'c.session_id', 'wanted.value')
    .leftJoin('context_windows as w', 'w.session_id', 'c.session_id')
    .leftJoin('sessions as s', 's.id', 'c.session_id')
    .select(['c.session_id', 'c.tokens', 'c.at', 'c.model'])
    .select(['w.model as seen_model', 'w.window as seen_window', 'w.at as seen_at'])
    .select(['s.model as started_model', 's.model_at as started_at'])
    .select([lastModel.as('last_model'), maxHeld.as('most_held')])
    .where(
      'c.placed_at',
      '=',
      samplesOfSession.select((eb) => eb.fn.max('o.placed_at').as('latest')),
    )
    .orderBy('c.session_id')
    .orderBy(isCompaction)
    .orderBy('c.tokens');
}

function sampleOf(row: Row): ContextSample {
  return {
    tokens: readNumberColumn(row, 'tokens'),
    at: readNumberColumn(row, 'at') ?? 0,
    model: readTextColumn(row, 'model'),
  };
}

function cluesOf(row: Row, configured: ModelWindows): SessionClues {
  const seen = readTextColumn(row, 'seen_model');
  const started = readTextColumn(row, 'started_model');
  return {
    seen:
      seen === null
        ? undefined
        : {
            model: seen,
            tokens: readNumberColumn(row, 'seen_window') ?? 0,
            at: readNumberColumn(row, 'seen_at') ?? 0,
          },
    started:
      started === null
        ? undefined
        : { model: started, at: readNumberColumn(row, 'started_at') ?? 0 },
    // asked only for the model of the latest sample, or the one it represents
    hasHeldMore: (_model, tokens) => (readNumberColumn(row, 'most_held') ?? 0) > tokens,
    configured,
    lastModel: readTextColumn(row, 'last_model'),
  };
}
