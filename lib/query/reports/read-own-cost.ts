import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { type DiskUse, readDiskUse } from '../disk-use.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import type { ReportSpan } from './report-span.ts';
import type { WorkerFigures } from './read-worker-figures.ts';

/** What waymark itself used. Field names are a contract. */
export interface OwnCost {
  /** Processor time of workers in the span; `null` where no sample has it. Hooks are not in it. */
  readonly workerCpuMs: number | null;
  /** Bytes of the state folder now, and how many it may have. */
  readonly disk: DiskUse;
  readonly diskBudget: number | null;
  /** Number of messages of hooks to Claude in the span, by subject. */
  readonly told: Readonly<Record<string, number>>;
  /** The most tokens that these texts can have, by their longest length. */
  readonly tokensAtMost: number;
}

/** Average number of characters in a token. */
const TEXT_OF_TOKEN = 4;

/** The longest text of each kind that a hook gives Claude; of other kinds, the longest of all. */
const LONGEST: Readonly<Record<string, number>> = {
  failure: 600,
  context: 900,
  resume: 1_750,
  restore: 1_750,
};
const MAX_ANY_MESSAGE = 1_750;

interface OwnCostSource {
  readonly database: Database;
  readonly folder: StateFolder;
  readonly span: ReportSpan;
  /** The user's setting. */
  readonly diskBudget: number | null;
}

export async function readOwnCost(
  { database, folder, span: { since, until }, diskBudget }: OwnCostSource,
  worker: WorkerFigures,
): Promise<OwnCost> {
  const query = queryBuilder()
    .selectFrom('told')
    .select((eb) => ['kind', eb.fn.countAll<number>().as('n')])
    .where('at', '>=', since)
    .where('at', '<', until)
    .groupBy('kind')
    .orderBy('kind');
  const rows = await runQuery(database, query);
  const told = rows.map(
    (row) => [readTextColumn(row, 'kind') ?? '', readNumberColumn(row, 'n') ?? 0] as const,
  );
  const units = told.reduce((sum, [kind, n]) => sum + n * (LONGEST[kind] ?? MAX_ANY_MESSAGE), 0);
  return {
    workerCpuMs: worker.cpuMs,
    disk: readDiskUse(folder),
    diskBudget,
    told: Object.fromEntries(told),
    tokensAtMost: Math.ceil(units / TEXT_OF_TOKEN),
  };
}
