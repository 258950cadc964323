import { type JsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import { formatCount, formatDuration, plural } from '../../core/units.ts';
import type { QueueDepth } from '../../queue/depth.ts';
import type { SeenWorker } from '../workers.ts';
import { type Health, type HealthFindings, computeHealth } from './score.ts';

export interface WorkerSigns {
  readonly worker: SeenWorker;
  readonly queue: QueueDepth;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the waymark that asks. */
  readonly version: string;
}

/** An idle worker commits within milliseconds, so an entry this old waits too long. */
const OLD_MS = 10_000;
const DEEP = 1_000;
/** Share of entries, and fewest entries, from which failed attempts count. */
const FAILING = { share: 0.05, least: 3 };
const SLOW_MS = 1_000;
/** Share of entries that only the safety scan found. */
const MISSED_SHARE = 0.01;
const LARGE_MB = 200;
/** A percentile of fewer entries says nothing. */
const MIN_ENTRIES = 50;

/** The health of one worker, from its heartbeat and the queue that it serves. */
export function scoreWorker(signs: WorkerSigns): Health {
  const { worker } = signs;
  if (worker.state === 'dead') return computeHealth({ dead: 'its process died' });
  const beat = worker.heartbeat ?? {};
  return computeHealth({
    stuck: worker.state === 'stuck' ? 'it makes no progress' : undefined,
    ...wakeFindings(worker.mode, beat),
    ...queueFindings(signs),
    ...workFindings(beat),
    'other-version': versionFinding(beat, signs.version),
  });
}

/** How it notices new entries, and whether it can store them. */
function wakeFindings(mode: string, beat: JsonObject): HealthFindings {
  const watcher = objectField(beat, 'watcher');
  const restarts = numberField(watcher, 'restarts') ?? 0;
  const isDead = watcher['alive'] === false;
  const trouble = stringField(beat, 'trouble');
  const isStore = trouble?.startsWith('store:') === true;
  return {
    'store-down': isStore ? 'it cannot use the store' : undefined,
    polling: mode === 'polling' ? 'it polls: neither pipe nor watcher work' : undefined,
    'pipe-missing':
      mode === 'watching' ? 'it has no wake-up pipe and relies on the watcher' : undefined,
    'watcher-dead': isDead && mode !== 'polling' ? 'its file watcher is dead' : undefined,
    'watcher-restarted':
      restarts > 0 ? `its file watcher was restarted ${plural(restarts, 'time')}` : undefined,
  };
}

function queueFindings({ queue, now }: WorkerSigns): HealthFindings {
  const age = queue.oldestAt === undefined ? 0 : now - queue.oldestAt;
  return {
    'queue-old': age > OLD_MS ? `the oldest entry waits for ${formatDuration(age)}` : undefined,
    'queue-deep': queue.pending > DEEP ? `${formatCount(queue.pending)} entries wait` : undefined,
    'dead-letters': queue.dead > 0 ? plural(queue.dead, 'dead letter') : undefined,
  };
}

function workFindings(beat: JsonObject): HealthFindings {
  const processed = numberField(beat, 'processed') ?? 0;
  const failed = numberField(beat, 'failed') ?? 0;
  const missed = numberField(beat, 'missedWakeUps') ?? 0;
  const memory = numberField(beat, 'memoryMb') ?? 0;
  const p95 = numberField(objectField(beat, 'latencyMs'), 'p95') ?? 0;
  const isFailing = failed >= FAILING.least && failed > FAILING.share * (processed + failed);
  const isKnown = processed >= MIN_ENTRIES;
  return {
    'entries-failing': isFailing
      ? `${formatCount(failed)} attempts failed, ${formatCount(processed)} entries were processed`
      : undefined,
    slow:
      isKnown && p95 > SLOW_MS
        ? `5 % of entries take longer than ${formatDuration(p95)}`
        : undefined,
    'wake-ups-missed':
      isKnown && missed > MISSED_SHARE * processed
        ? `${plural(missed, 'entry', 'entries')} came without a wake-up`
        : undefined,
    memory: memory > LARGE_MB ? `it uses ${formatCount(memory)} MB of memory` : undefined,
  };
}

function versionFinding(beat: JsonObject, version: string): string | undefined {
  const its = stringField(beat, 'version');
  return its === undefined || its === version ? undefined : `it runs version ${its}`;
}
