import {
  numberField,
  objectField,
  parseJsonObject,
  stringField,
  type JsonObject,
} from '../core/json.ts';

/** What a snapshot was taken for. */
export const CAUSES = [
  'prompt',
  'checkpoint',
  'risky-command',
  'session-end',
  'manual',
  'before-restore',
] as const;

export type SnapshotCause = (typeof CAUSES)[number];

/** Why a snapshot is taken, and for whom. */
export interface SnapshotRequest {
  readonly cause: SnapshotCause;
  readonly session?: string | undefined;
  /** Id of the prompt after which, or during whose work, it is taken. */
  readonly prompt?: string | undefined;
  /** The call that made it necessary. */
  readonly toolUseId?: string | undefined;
  /** The event that it belongs to: of a checkpoint, a prompt, a warning. */
  readonly event?: string | undefined;
  readonly note?: string | undefined;
}

/** Numbers of paths that differ from the snapshot before. */
export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Why a path of the work tree is not in a snapshot. `lost`: our own store was damaged. */
export const LEFT_OUT_REASONS = [
  'too-large',
  'beyond-total',
  'unreadable',
  'no-time',
  'no-commit',
  'lost',
] as const;

export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** What a snapshot says of itself: the message of its commit. */
export interface SnapshotFacts extends SnapshotRequest {
  /** Ten hex digits; names it in commands. */
  readonly id: string;
  /**
   * Counts the snapshots of a work tree: the order in which they were taken, whatever the clock
   * did.
   */
  readonly number: number;
  /** Milliseconds since the epoch: when the look at the work tree began. */
  readonly at: number;
  readonly workTree: string;
  /** The snapshot of this work tree before; counts and bytes are relative to it. */
  readonly previous?: string | undefined;
  readonly counts: ChangeCounts;
  /** Files, links and nested repositories that it has. */
  readonly files: number;
  /** Bytes of files that are new or changed, as they are in the work tree. */
  readonly bytes: number;
  /** Paths that are missing from it: for size, time, or because they cannot be read. */
  readonly leftOut: number;
  /** Devices, sockets and pipes, which no snapshot has. */
  readonly special: number;
  /** What git was in the middle of, such as `merge`. */
  readonly underWay?: string | undefined;
}

/** A snapshot in a store. */
export interface Snapshot extends SnapshotFacts {
  /** Its commit, which is parentless. */
  readonly commit: string;
  /** Whether files are missing from it. It is never a reason to remove a file. */
  readonly isPartial: boolean;
}

export function createSnapshot(facts: SnapshotFacts, commit: string): Snapshot {
  return { ...facts, commit, isPartial: facts.leftOut > 0 };
}

/** @returns `undefined` for a message that is not of waymark. */
export function readFacts(message: string): SnapshotFacts | undefined {
  const found = parseJsonObject(message);
  if (found === undefined) return undefined;
  const id = stringField(found, 'id');
  const at = numberField(found, 'at');
  const workTree = stringField(found, 'workTree');
  const cause = CAUSES.find((one) => one === found['cause']);
  if (id === undefined || at === undefined || workTree === undefined || cause === undefined)
    return undefined;
  return {
    ...{ id, at, workTree, cause },
    session: stringField(found, 'session'),
    prompt: stringField(found, 'prompt'),
    toolUseId: stringField(found, 'toolUseId'),
    event: stringField(found, 'event'),
    note: stringField(found, 'note'),
    previous: stringField(found, 'previous'),
    underWay: stringField(found, 'underWay'),
    number: numberField(found, 'number') ?? 0,
    counts: readCounts(found),
    files: numberField(found, 'files') ?? 0,
    bytes: numberField(found, 'bytes') ?? 0,
    leftOut: numberField(found, 'leftOut') ?? 0,
    special: numberField(found, 'special') ?? 0,
  };
}

function readCounts(found: JsonObject): ChangeCounts {
  const counts = objectField(found, 'counts');
  return {
    added: numberField(counts, 'added') ?? 0,
    changed: numberField(counts, 'changed') ?? 0,
    removed: numberField(counts, 'removed') ?? 0,
  };
}

/**
 * Where its ref is: `refs/waymark/SESSION/PROMPT/ID`. Session and prompt are in the name so that
 * whoever thins snapshots out or forgets a session finds them without asking git.
 */
export function formatRef({
  id,
  session,
  prompt,
}: Pick<SnapshotFacts, 'id' | 'session' | 'prompt'>): string {
  return [REFS, plainOr(session), plainOr(prompt), id].join('/');
}

/** The refs of all snapshots in a store. */
export const REFS = 'refs/waymark';

function plainOr(name: string | undefined): string {
  return name !== undefined && PLAIN.test(name) ? name : NONE;
}

/** Stands in the name of a ref for the session or the prompt that there is none of. */
const NONE = 'none';

const PLAIN = /^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$/;
