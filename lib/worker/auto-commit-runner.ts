import { repositoryKey, type TurnEnd } from '../auto-commit/auto-commit.ts';
import { createOutcomeEvent } from '../auto-commit/effect.ts';
import { findCommit, makeCommit } from '../auto-commit/make-commit.ts';
import { removeOldScratches } from '../auto-commit/scratch.ts';
import { findUncommittedTurn, turnsWithoutOutcome } from '../auto-commit/table.ts';
import { DAY_MS } from '../core/clock.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { type Environment, SMALL_CALL } from '../git/run-git.ts';
import { findWorkTree } from '../snapshots/work-tree.ts';
import type { Database } from '../store/database.ts';
import type { LiveConfig } from './live-config.ts';

export interface AutoCommitRunnerParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly config: LiveConfig;
  readonly log: Log;
  readonly environment: Environment;
  /** Folder for temporary indexes. */
  readonly temporary: string;
  /** Stores events under their own ids; a known id changes nothing. */
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}

/** An older turn is not committed: its files are gone, and the current ones would pass for them. */
const LATEST_MS = 10 * 60_000;

/** How far back to look for commits that a killed worker made and did not report. */
const UNREPORTED_MS = DAY_MS;

/** Time limit for all hooks of a repository together. */
const HOOKS_MS = 120_000;

/** Time limit for one commit, hooks included. */
const MAX_COMMIT_MS = 300_000;

/**
 * Commits at the end of turns, beside the worker's loop: one at a time, with low priority, and only
 * in repositories that the user named.
 */
export class AutoCommitRunner {
  readonly #parts: AutoCommitRunnerParts;
  /** By session. Of two waiting turns, the later one contains the work of both. */
  readonly #wanted = new Map<string, TurnEnd>();
  /** Turns whose commit an earlier worker may have made. */
  readonly #unreported: TurnEnd[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #hasRecovered = false;

  constructor(parts: AutoCommitRunnerParts) {
    this.#parts = parts;
  }

  /** Refresher of the kind `auto-commit`. Returns at once. */
  request(database: Database, session: string): void {
    const { config, clock } = this.#parts;
    if (config.values.autoCommit.length === 0 || this.#stop.signal.aborted) return;
    const turn = findUncommittedTurn(database, session, clock() - LATEST_MS);
    if (turn === undefined) return;
    this.#wanted.set(session, turn);
    this.#running ??= this.#run();
  }

  /**
   * Reports commits that an earlier worker made before it was killed, and deletes the drafts that
   * it left. Runs once, beside the loop. A turn without a commit is left to the next turn.
   */
  recover(database: Database): void {
    const { config, clock, temporary } = this.#parts;
    if (this.#hasRecovered || config.values.autoCommit.length === 0) return;
    this.#hasRecovered = true;
    removeOldScratches(temporary, clock());
    this.#unreported.push(...turnsWithoutOutcome(database, clock() - UNREPORTED_MS));
    if (this.#unreported.length > 0) this.#running ??= this.#run();
  }

  async #reportCommit(turn: TurnEnd): Promise<void> {
    const { environment, storeAs, clock } = this.#parts;
    const tree = await this.#namedTree(turn);
    if (tree === undefined) return;
    const made = await findCommit(tree, turn, { environment, signal: this.#stop.signal });
    if (made !== undefined && made.kind !== 'same')
      storeAs([createOutcomeEvent(turn, tree.path, made, clock())]);
  }

  /** Aborts the running commit. A commit exists completely or not at all. */
  close(): void {
    this.#stop.abort(new Error('the worker stops'));
  }

  /** Resolves when nothing runs or waits. */
  async whenIdle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      try {
        await next();
      } catch (error) {
        if (signal.aborted) break;
        this.#parts.log('warn', 'AUTO_COMMIT_FAILED', reasonOf(error));
      }
    }
    this.#running = undefined;
  }

  /** What earlier workers left goes first: a commit of now would hide theirs. */
  #next(): (() => Promise<void>) | undefined {
    const unreported = this.#unreported.shift();
    if (unreported !== undefined) return () => this.#reportCommit(unreported);
    const first = [...this.#wanted.values()][0];
    if (first === undefined) return undefined;
    this.#wanted.delete(first.session);
    return () => this.#commit(first);
  }

  async #commit(turn: TurnEnd): Promise<void> {
    const { environment, temporary, storeAs, clock } = this.#parts;
    const stateRoot = this.#parts.folder.root;
    const tree = await this.#namedTree(turn);
    if (tree === undefined) return;
    const outcome = await makeCommit(tree, turn, {
      ...{ environment, stateRoot, temporary, hooksMs: HOOKS_MS },
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(MAX_COMMIT_MS)]),
    });
    if (outcome.kind === 'same') return;
    storeAs([createOutcomeEvent(turn, tree.path, outcome, clock())]);
    if (outcome.kind === 'refused')
      this.#parts.log(
        'warn',
        'AUTO_COMMIT_REFUSED',
        `Cannot commit the turn in ${tree.path}: see \`waymark auto-commit\``,
      );
  }

  /** Returns the work tree of a turn; `undefined` unless the user named its repository. */
  async #namedTree(turn: TurnEnd) {
    const tree = await this.#treeOf(turn);
    if (tree?.repository === undefined) return undefined;
    const { repository } = tree;
    const isNamed = this.#parts.config.values.autoCommit.includes(repositoryKey(tree));
    return isNamed ? { ...tree, repository } : undefined;
  }

  /**
   * Finds the work tree of a turn. Reports nothing about a folder that cannot be a repository that
   * the user named.
   */
  async #treeOf(turn: TurnEnd) {
    const { environment, folder } = this.#parts;
    const gitLimits = { ...SMALL_CALL, signal: this.#stop.signal };
    try {
      return await findWorkTree(turn.folder, { environment, stateRoot: folder.root, gitLimits });
    } catch (error) {
      if (!(error instanceof WaymarkError) || error.code !== 'SNAPSHOT_REFUSED') throw error;
      if (!this.#parts.config.values.autoCommit.includes(turn.folder)) return undefined;
      const refusal = { cause: 'folder', reason: error.message } as const;
      const outcome = { kind: 'refused', refusal } as const;
      this.#parts.storeAs([createOutcomeEvent(turn, turn.folder, outcome, this.#parts.clock())]);
      return undefined;
    }
  }
}
