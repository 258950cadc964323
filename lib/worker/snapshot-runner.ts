import { HOUR_MS } from '../core/clock.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { stringField } from '../core/json.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { rememberAnswers } from '../git/remember-answers.ts';
import { type AskGit, askGit, type Environment, SMALL_CALL } from '../git/run-git.ts';
import { compactStore, needsCompaction, listStores } from '../snapshots/compact-store.ts';
import { OCCASIONS, createSnapshotEvent } from '../snapshots/effect.ts';
import { snapshotLimits } from '../snapshots/limits.ts';
import { describeRepair } from '../snapshots/store-damage.ts';
import { findStore, type SnapshotStore } from '../snapshots/open-store.ts';
import { createPace, readCpuMs } from '../snapshots/pace.ts';
import { ageFromNow } from '../snapshots/ref-times.ts';
import { listSnapshots } from '../snapshots/read-snapshots.ts';
import type { SnapshotRequest } from '../snapshots/snapshot.ts';
import { readLatestOccasion, type Occasion } from '../snapshots/table.ts';
import { takeSnapshot } from '../snapshots/take-snapshot.ts';
import { findWorkTree } from '../snapshots/work-tree.ts';
import type { Database } from '../store/database.ts';
import type { LiveConfig } from './live-config.ts';

export interface SnapshotRunnerParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly config: LiveConfig;
  readonly log: Log;
  readonly environment: Environment;
  /**
   * Stores events under their own ids; a known id changes nothing.
   * @throws {@link StoreFault}
   */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A folder for which a snapshot was requested. */
interface Wanted {
  readonly folder: string;
  readonly order: SnapshotRequest;
}

/** An older request wants a state that is gone; the current one would pass for it. */
const LATEST_MS = 10 * 60_000;

/** Time limit for one snapshot. The next one takes the rest. */
const MAX_SNAPSHOT_MS = 5 * 60_000;

/** Pause after each snapshot, as a multiple of its duration: at most a quarter of a core. */
const REST = 3;

const MAX_REST_MS = 60_000;

/** Time between the starts of two snapshots of one folder: a burst of prompts causes few. */
const SAME_FOLDER_MS = 1_000;

/**
 * Takes snapshots beside the worker's loop: one at a time, each with low priority. Several requests
 * for a waiting folder cause one snapshot, for the first occasion; a request during a snapshot
 * causes another one.
 */
export class SnapshotRunner {
  readonly #parts: SnapshotRunnerParts;
  readonly #wanted = new Map<string, Wanted>();
  /** When the latest snapshot of each folder began. */
  readonly #startedAt = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #ask: AskGit;
  /** Messages that were logged, so that each is logged once. */
  readonly #logged = new Set<string>();
  #running: Promise<void> | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SnapshotRunnerParts) {
    this.#parts = parts;
    this.#ask = rememberAnswers(askGit, parts.clock);
  }

  /**
   * Refresher of the kind `snapshot`: requests a snapshot of a session's work tree. Returns at
   * once.
   */
  request(database: Database, session: string): void {
    const { config, clock } = this.#parts;
    if (!config.values.snapshots || this.#stop.signal.aborted) return;
    const occasion = readLatestOccasion(database, session, Object.keys(OCCASIONS));
    if (occasion === undefined || clock() - Date.parse(occasion.timestamp) > LATEST_MS) return;
    const wanted = wantedFor(occasion, session);
    if (wanted === undefined || this.#wanted.has(wanted.folder)) return;
    this.#wanted.set(wanted.folder, wanted);
    this.#running ??= this.#run();
  }

  /** Aborts the running snapshot. What it has read is not read again. */
  close(): void {
    this.#stop.abort(new Error('the worker stops'));
  }

  /** Resolves when nothing runs or waits. */
  async whenIdle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      if (Math.abs(this.#parts.clock() - this.#sweptAt) >= HOUR_MS) await this.#sweep();
      while (this.#wanted.size > 0 && !signal.aborted) {
        const next = await this.#next();
        if (next === undefined || signal.aborted) break;
        const startedAt = this.#parts.clock();
        await this.#take(next);
        const took = this.#parts.clock() - startedAt;
        await this.#parts.sleep(Math.min(MAX_REST_MS, took * REST), signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#say('warn', 'SNAPSHOT_FAILED', reasonOf(error));
    } finally {
      this.#running = undefined;
    }
    if (this.#wanted.size > 0 && !signal.aborted) this.#running = this.#run();
  }

  /** Waits for the first folder whose turn it is. */
  async #next(): Promise<Wanted | undefined> {
    const { clock, sleep } = this.#parts;
    const now = clock();
    for (const [folder, at] of this.#startedAt)
      if (Math.abs(now - at) >= SAME_FOLDER_MS) this.#startedAt.delete(folder);
    const dueAt = ({ folder }: Wanted): number =>
      (this.#startedAt.get(folder) ?? Number.NEGATIVE_INFINITY) + SAME_FOLDER_MS;
    const [first] = [...this.#wanted.values()].toSorted((a, b) => dueAt(a) - dueAt(b) || 0);
    if (first === undefined) return undefined;
    const wait = dueAt(first) - now;
    if (wait > 0) await sleep(wait, this.#stop.signal);
    this.#startedAt.set(first.folder, clock());
    this.#wanted.delete(first.folder);
    return first;
  }

  async #take({ folder, order }: Wanted): Promise<void> {
    const { clock, config, environment, sleep, storeAs } = this.#parts;
    const { signal } = this.#stop;
    const stateRoot = this.#parts.folder.root;
    const deadline = clock() + MAX_SNAPSHOT_MS;
    const pace = createPace({ clock, cpuMs: readCpuMs, sleep: (ms) => sleep(ms, signal) });
    try {
      const gitLimits = { ...SMALL_CALL, signal };
      const ask = this.#ask;
      const tree = await findWorkTree(folder, { environment, stateRoot, gitLimits, ask });
      const limits = snapshotLimits(config.values, tree);
      const place = { environment, stateRoot, clock, limits, isBackground: true, ask };
      const { snapshot, isNew } = await takeSnapshot(tree, order, {
        ...place,
        signal: AbortSignal.any([signal, AbortSignal.timeout(MAX_SNAPSHOT_MS * 2)]),
        patienceMs: 5_000,
        onRepair: (losses) =>
          this.#say('warn', 'SNAPSHOT_FAILED', describeRepair(tree.path, losses)),
        pause: async () => {
          await pace();
          return clock() < deadline;
        },
      });
      if (isNew) storeAs([createSnapshotEvent(snapshot, 'worker')]);
      await this.#compact(findStore(tree, { stateRoot, environment }));
    } catch (error) {
      if (signal.aborted) return;
      const isRefused = error instanceof WaymarkError && error.code === 'SNAPSHOT_REFUSED';
      this.#say(isRefused ? 'info' : 'warn', codeOf(error), reasonOf(error));
    }
  }

  async #compact(store: SnapshotStore | undefined): Promise<void> {
    const { clock } = this.#parts;
    const need = store === undefined ? undefined : needsCompaction(store);
    if (store === undefined || need === undefined) return;
    const parts = { signal: this.#stop.signal, clock, isBackground: true };
    if ((await compactStore(store, need, parts)) === 'broken')
      this.#say(
        'warn',
        'SNAPSHOT_FAILED',
        `The snapshots of ${store.workTree} lost objects: the next one repairs their store`,
      );
  }

  /**
   * Cleans up snapshots that a killed worker took and the store does not know, and space of deleted
   * ones.
   */
  async #sweep(): Promise<void> {
    const { environment, folder, storeAs } = this.#parts;
    for (const store of listStores(folder.root, environment)) {
      const events = (await listSnapshots(store)).map((one) => createSnapshotEvent(one, 'worker'));
      if (events.length > 0) storeAs(events);
      ageFromNow(store, this.#parts.clock());
      await this.#compact(store);
    }
    this.#sweptAt = this.#parts.clock();
  }

  #say(level: 'info' | 'warn', code: string, text: string): void {
    if (this.#logged.has(text)) return;
    this.#logged.add(text);
    this.#parts.log(level, code, text);
  }
}

function wantedFor({ id, type, payload }: Occasion, session: string): Wanted | undefined {
  const folder = stringField(payload, 'worktree');
  const cause = OCCASIONS[type];
  if (folder === undefined || cause === undefined) return undefined;
  const isEnd = stringField(payload, 'kind') === 'session-end';
  return {
    folder,
    order: {
      cause: isEnd ? 'session-end' : cause,
      session,
      event: id,
      prompt: stringField(payload, 'prompt_id'),
      toolUseId: stringField(payload, 'tool_use_id'),
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof WaymarkError ? error.code : 'SNAPSHOT_FAILED';
}
