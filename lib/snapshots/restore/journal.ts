import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { isJsonObject, parseJsonObject } from '../../core/json.ts';
import { removeTree } from '../../core/remove-tree.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import type { BytePath } from './path-state.ts';
import type { PlannedStep } from './plan.ts';

/**
 * States of a restore. `staging`: drafts are being written, no path has changed; `switching`:
 * drafts take their places, and it can only be finished; `done`; `undone`: it ended while staging,
 * and its drafts are gone. Each but the first is a file beside the plan, so the folder says the
 * state.
 */
export type RestorePhase = 'staging' | 'switching' | 'done' | 'undone';

/** One step, with all that is needed to finish it or to undo the restore. */
export interface JournalStep extends PlannedStep {
  /** Identity of what was there when the snapshot of the present was taken; see `identity.ts`. */
  readonly seen: string;
  /** The draft of a write, below the work tree. */
  readonly draft?: BytePath | undefined;
}

/** A restore as it was decided. It never changes. */
export interface JournalPlan {
  readonly format: 1;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The work tree, and the identity of its folder. */
  readonly root: string;
  readonly rootIdentity: string;
  /** The snapshot that is restored, and that of the present. */
  readonly target: string;
  readonly present: string;
  /** The restore that this one takes back. */
  readonly undoes: string | null;
  /** Random; it is in the names of the drafts. */
  readonly mark: string;
  readonly steps: readonly JournalStep[];
  /** Folders that are missing and are made, outermost first. */
  readonly makes: readonly BytePath[];
  /** Folders that go after the removals if they are empty, innermost first. */
  readonly drops: readonly BytePath[];
  /**
   * Permission bits of folders, known because they are dropped, or because they are made as they
   * were.
   */
  readonly folderModes: Readonly<Record<BytePath, number>>;
}

/** A path that was left as it is, and why. */
export interface SkippedPath {
  readonly path: BytePath;
  readonly reason: string;
}

export interface JournalEntry {
  /** Counts up; `000001` is the first restore of a work tree. */
  readonly id: string;
  readonly phase: RestorePhase;
  readonly plan: JournalPlan;
  /** Of a restore that is done. */
  readonly skipped: readonly SkippedPath[];
}

const PLAN = 'plan.json';

/** Restores that ended, of which the plans are kept. */
const MAX_ENDED = 20;

/**
 * The phase that the names in a restore's folder say; `undefined`: it has no plan yet, and nothing
 * was done.
 */
export function parsePhase(names: readonly string[]): RestorePhase | undefined {
  if (!names.includes(PLAN)) return undefined;
  const phases: readonly RestorePhase[] = ['undone', 'done', 'switching'];
  return phases.find((phase) => names.includes(phase)) ?? 'staging';
}

/**
 * The restores of one work tree, in a folder of the state folder. For the holder of its lock alone,
 * but for reading.
 */
export class RestoreJournal {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes the plan of a new restore to the disk, and deletes those that ended long before it.
   * @returns its id.
   */
  begin(plan: JournalPlan): string {
    makePrivateFolder(this.#folder);
    const last = this.#ids().at(-1) ?? '0';
    const id = String(Number(last) + 1).padStart(6, '0');
    this.#deleteOld();
    mkdirSync(`${this.#folder}/${id}`, { mode: 0o700 });
    this.#put(id, PLAN, JSON.stringify(plan));
    return id;
  }

  /** Notes on the disk that a restore has come to a phase. */
  enter(
    id: string,
    phase: Exclude<RestorePhase, 'staging'>,
    skipped: readonly SkippedPath[] = [],
  ): void {
    this.#put(id, phase, JSON.stringify({ skipped }));
  }

  /** Every restore whose plan can be read, oldest first. */
  entries(): readonly JournalEntry[] {
    return this.#ids().flatMap((id) => this.#read(id) ?? []);
  }

  /** Restores that a kill left in the middle. */
  unfinished(): readonly JournalEntry[] {
    return this.entries().filter(({ phase }) => phase === 'staging' || phase === 'switching');
  }

  /** The latest restore that changed something. */
  last(): JournalEntry | undefined {
    for (const id of this.#ids().toReversed()) {
      const entry = this.#read(id);
      if (entry?.phase === 'done') return entry;
    }
    return undefined;
  }

  /** The latest that is done stays whatever came after it: it is the one that can be undone. */
  #deleteOld(): void {
    const known = this.#ids().map((id) => ({
      ...{ id, phase: parsePhase(readdirSync(`${this.#folder}/${id}`)) },
    }));
    const ended = known.filter(({ phase }) => phase === 'done' || phase === 'undone');
    const last = ended.findLast(({ phase }) => phase === 'done');
    for (const { id } of ended.slice(0, -MAX_ENDED).filter((one) => one !== last))
      this.#deletePlan(id);
    for (const { id } of known.filter(({ phase }) => phase === undefined))
      removeTree(`${this.#folder}/${id}`);
  }

  /** The plan first, on the disk: with it but without its phase it would count as unfinished. */
  #deletePlan(id: string): void {
    unlinkSync(`${this.#folder}/${id}/${PLAN}`);
    sync(`${this.#folder}/${id}`);
    removeTree(`${this.#folder}/${id}`);
  }

  #ids(): readonly string[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => /^\d{6,}$/.test(name))
        .toSorted((a, b) => Number(a) - Number(b));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #read(id: string): JournalEntry | undefined {
    const folder = `${this.#folder}/${id}`;
    const phase = parsePhase(readdirSync(folder));
    if (phase === undefined) return undefined;
    const plan = planIn(readFileSync(`${folder}/${PLAN}`, 'utf8'));
    if (plan === undefined) return undefined;
    const done = phase === 'done' ? parseJsonObject(readFileSync(`${folder}/done`, 'utf8')) : {};
    const skipped = Array.isArray(done?.['skipped']) ? done['skipped'].flatMap(skippedIn) : [];
    return { id, phase, plan, skipped };
  }

  /** By rename, so that a file that is there is whole. */
  #put(id: string, name: string, text: string): void {
    const folder = `${this.#folder}/${id}`;
    writeFileSync(`${folder}/.${name}`, text, { mode: 0o600 });
    sync(`${folder}/.${name}`);
    renameSync(`${folder}/.${name}`, `${folder}/${name}`);
    sync(folder);
  }
}

function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function skippedIn(value: unknown): readonly SkippedPath[] {
  const { path, reason } = isJsonObject(value) ? value : {};
  return typeof path === 'string' && typeof reason === 'string' ? [{ path, reason }] : [];
}

/** The file is ours and was renamed into place whole; a later format is left alone. */
function planIn(text: string): JournalPlan | undefined {
  const plan: unknown = JSON.parse(text);
  return isPlan(plan) ? plan : undefined;
}

function isPlan(value: unknown): value is JournalPlan {
  return isJsonObject(value) && value['format'] === 1 && Array.isArray(value['steps']);
}
