import type { AgentRun } from '../delivery/builtin/worker-complete.ts';
import { builtinHandlers } from '../delivery/builtin/builtin-handlers.ts';
import type { BuiltinParts } from '../delivery/builtin/builtin.ts';
import { type NoticePlace, showNotice } from '../delivery/builtin/show-notice.ts';
import type { CleanedUp } from '../delivery/builtin/clean-up.ts';
import { countOutbox, EMPTY_OUTBOX } from '../delivery/table.ts';
import type { SubscriptionSource } from '../delivery/subscription.ts';
import type { EventDraft } from '../events/envelope.ts';
import { type JsonObject, numberField, stringField } from '../core/json.ts';
import { runInSlices, type Sliced } from '../core/sliced.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { DAY_MS } from '../core/clock.ts';
import { wasActiveSince } from '../features/schedule/table.ts';
import { promote } from '../features/failure/promote.ts';
import { REPORT_NAMES } from '../query/reports/report-names.ts';
import { queueDepth } from '../queue/depth.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import type { Database } from '../store/database.ts';
import { StoreFault } from '../store/store-fault.ts';
import type { LiveConfig } from './live-config.ts';
import { findUnresponsive } from './find-unresponsive.ts';
import type { WorkerStats } from './worker-stats.ts';
import type { CleanUpPlan } from '../retention/budget.ts';
import { executePlan, planCleanUp } from '../retention/clean-up.ts';
import { agentRun, countRows, failureTimes, noteCleaned } from './table.ts';
import type { CanScan } from './tasks/clean-up.ts';
import { sweep } from './tasks/sweep.ts';
import { writeReport } from './write-report.ts';
import { waitingSession } from './waiting-session.ts';

export interface BuiltinSourceParts extends BuiltinParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly database: () => Database | undefined;
  /** Returns the `seq` of the last event that is in logs and archive. */
  readonly writtenUpTo: (database: Database) => number;
  readonly stats: () => WorkerStats;
  readonly startWorker: () => boolean;
  readonly canScan: CanScan;
}

const WEEK_MS = 7 * DAY_MS;

/** Makes the built-in handlers, with what they need from a worker. */
export function builtinSource(parts: BuiltinSourceParts): SubscriptionSource {
  const { clock, emit, folder, startWorker } = parts;
  const store = (): Database => {
    const database = parts.database();
    if (database === undefined) throw new StoreFault('CANTOPEN', 'the store is unavailable');
    return database;
  };
  return builtinHandlers({
    clock,
    emit,
    startWorker,
    findUnresponsive: () => findUnresponsive(folder, parts.database(), clock()),
    cleanUp: () => cleanUpNow(store(), parts),
    failureTimes: (session, until, limit) => failureTimes(store(), session, until, limit),
    learn: () => learnNow(store(), clock()),
    agentRun: (session, agent) => runOf(store(), session, agent),
    sample: () => sampleNow(parts),
    async writeReport(wanted) {
      if (!REPORT_NAMES.some((name) => name === wanted.report)) return 'there is no such report';
      const isQuiet = !wasActiveSince(store(), clock() - WEEK_MS);
      return isQuiet ? 'no session was at work for a week' : writeReport(folder, wanted);
    },
    notifySettings: () => ({
      isOn: parts.config.values.notify !== 'off',
      afterMs: parts.config.values.notifyAfter * 1_000,
    }),
    waitingSession: (session) => waitingSession(store(), { folder, now: clock(), session }),
    showNotice: (notice) => showNotice(notice, noticePlace(parts.config.values.notify)),
  });
}

function noticePlace(setting: string): NoticePlace {
  const way = setting === 'terminal' ? 'terminal' : 'desktop';
  return { way, platform: process.platform, environment: process.env };
}

/**
 * Cleans up.
 * @throws if the worker stops in the meantime: the next one does it.
 */
async function cleanUpNow(
  database: Database,
  { folder, queue, config, clock, writtenUpTo, canScan }: BuiltinSourceParts,
): Promise<CleanedUp> {
  const [settings, now, written] = [config.values, clock(), writtenUpTo(database)];
  const planning = measured(planCleanUp({ folder, database, settings, now, written }));
  const planned = await runInSlices(planning, () => canScan(database));
  if (planned === undefined) throw new Error('the worker stops');
  const { plan, bytes } = planned;
  const count = (table: 'events' | 'sessions'): number => countRows(database, table);
  // without an `await` up to the second count: between the slices of the plan, events are stored
  const before = { events: count('events'), sessions: count('sessions') };
  const kinds = executePlan(database, plan).map((one) => ({
    ...one,
    bytes: bytes.get(one.kind) ?? 0,
  }));
  const removed = {
    events: before.events - count('events'),
    sessions: before.sessions - count('sessions'),
  };
  noteCleaned(database, kinds, now);
  return {
    ...removed,
    deliveries: kinds.find(({ kind }) => kind === 'deliveries')?.count ?? 0,
    files: sweep(queue, database, settings.sweepAge * 1000, now),
    kinds,
  };
}

/** Returns a plan, and the bytes that it deletes of each kind. */
function* measured(
  planning: Sliced<CleanUpPlan>,
): Sliced<{ readonly plan: CleanUpPlan; readonly bytes: ReadonlyMap<string, number> }> {
  const plan = yield* planning;
  const bytes = new Map<string, number>();
  for (const one of [...plan.rows, ...plan.files])
    bytes.set(one.kind, (yield* one.measure()).bytes);
  return { plan, bytes };
}

function learnNow(
  database: Database,
  now: number,
): { readonly changes: JsonObject; readonly drafts: readonly EventDraft[] } {
  const drafts: EventDraft[] = [];
  const changes = promote(database, now, (draft) => void drafts.push(draft));
  return { changes: { ...changes }, drafts };
}

function runOf(database: Database, session: string, agent: string): AgentRun | undefined {
  const row = agentRun(database, session, agent);
  if (row === undefined) return undefined;
  return {
    toolUseId: stringField(row, 'tool_use_id') ?? '',
    agentType: stringField(row, 'agent_type') ?? '',
    outcome: stringField(row, 'outcome') ?? '',
    tokens: numberField(row, 'tokens') ?? null,
    durationMs: numberField(row, 'duration_ms') ?? null,
  };
}

function sampleNow({ queue, database, clock, stats }: BuiltinSourceParts): JsonObject {
  const { pending, delayed, processing, dead } = queueDepth(queue);
  const store = database();
  const deliveries = store === undefined ? EMPTY_OUTBOX : countOutbox(store);
  const { processed, failed, throughput, latency, memoryMb } = stats().figures(clock());
  return {
    queue: { pending, delayed, processing, dead },
    deliveries: { ...deliveries },
    processed,
    failed,
    throughput,
    ...(latency === undefined ? {} : { latency_p95_ms: latency.p95 }),
    memory_mb: memoryMb,
  };
}
