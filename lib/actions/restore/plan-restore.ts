import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { parseFootprintPath, moveToProjectFolder } from '../../claude/transcript/session-place.ts';
import { groupBy } from '../../core/group-by.ts';
import { archivedBytes, type ArchivedFile } from '../../journal/transcripts/read-archived.ts';
import type { ArchiveFault } from '../../journal/transcripts/container.ts';
import { classifyLines, type LineClassification } from './classify-lines.ts';

/**
 * What becomes of one file. `restore`: it is missing; `replace`: the client has less of it;
 * `repair`: the client's own has lines that nobody can read; `same`, `keep`: it stays as it is.
 */
export type RestoreStep = 'restore' | 'replace' | 'repair' | 'same' | 'keep';

export interface PlannedFile {
  readonly path: string;
  /** Where it comes to be. */
  readonly target: string;
  readonly step: RestoreStep;
  /** Which branch of it, and the names of the others. */
  readonly branch: string;
  readonly otherBranches: readonly string[];
  /** Bytes that are written, or that are there. */
  readonly bytes: number;
  /**
   * Of a file of lines: those that can be read in the archive, those in the client's own, and those
   * that are left out.
   */
  readonly lines: number | undefined;
  readonly liveLines: number | undefined;
  readonly badLines: number;
  readonly source: { readonly file: ArchivedFile } | { readonly live: string };
  readonly judgement: LineClassification | undefined;
}

export interface RestorePlan {
  readonly files: readonly PlannedFile[];
  /** Parts of the archive that cannot be read. */
  readonly faults: readonly ArchiveFault[];
  /**
   * Paths in the archive that are no place of a file of this session, or for which there is no room
   * beside another one.
   */
  readonly refused: readonly string[];
}

export interface PlanRequest {
  readonly session: string;
  readonly files: readonly ArchivedFile[];
  /** The config folder that files come into, by the one that they were in. */
  readonly baseFor: (base: string) => string;
  /** The folder below `projects/` for all of them; left out: the one that each was in. */
  readonly bucket?: string | undefined;
  /** The branch of the transcript that is wanted. */
  readonly branch?: string | undefined;
}

/** Decides what becomes of each archived file of a session. Changes nothing. */
export function planRestore(request: PlanRequest): RestorePlan {
  const faults: ArchiveFault[] = [];
  const refused: string[] = [];
  const targets = new Map<string, PlannedFile>();
  const onFault = (fault: ArchiveFault): void => {
    if (!faults.some(({ file, place }) => file === fault.file && place === fault.place))
      faults.push(fault);
  };
  for (const container of new Set(request.files.map((file) => file.container)))
    for (const fault of container.faults) onFault(fault);
  const groups = groupBy(request.files, ({ base, path }) => `${base}\0${path}`);
  const latestFirst = [...groups.values()].toSorted((a, b) => latest(b) - latest(a));
  for (const branches of latestFirst) {
    const [main] = branches;
    if (main === undefined) continue;
    const place = parseFootprintPath(main.path, request.session);
    const path =
      request.bucket === undefined ? main.path : moveToProjectFolder(main.path, request.bucket);
    const target = `${request.baseFor(main.base)}/${path}`;
    if (place === undefined || targets.has(target)) refused.push(main.path);
    else targets.set(target, planFile(branches, { ...request, path, target, onFault }));
  }
  const files = [...targets.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { files, faults, refused };
}

function latest(branches: readonly ArchivedFile[]): number {
  return branches.reduce((at, { changedAt }) => Math.max(at, changedAt), 0);
}

interface FilePlace {
  readonly session: string;
  readonly path: string;
  readonly target: string;
  readonly branch?: string | undefined;
  readonly onFault: (fault: ArchiveFault) => void;
}

function planFile(branches: readonly ArchivedFile[], place: FilePlace): PlannedFile {
  return place.path.endsWith('.jsonl')
    ? planLines(branches, place)
    : planWhole(branches.at(-1), branches, place);
}

/** Of a file of lines, the branch with most lines that can be read, the later of two. */
function planLines(branches: readonly ArchivedFile[], place: FilePlace): PlannedFile {
  const isMain = parseFootprintPath(place.path, place.session)?.isTranscript === true;
  const judged = branches.map((file) => ({
    file,
    judgement: classifyLines(archivedBytes(file, { onFault: place.onFault })),
  }));
  const wanted = isMain ? judged.find(({ file }) => file.branch === place.branch) : undefined;
  const best =
    wanted ??
    judged.reduce((one, other) => (other.judgement.valid >= one.judgement.valid ? other : one));
  const live = classifyLiveFile(place.target);
  const { judgement, file } = best;
  const shape = {
    ...{ path: place.path, target: place.target, branch: file.branch },
    otherBranches: othersOf(branches, file),
    ...{ lines: judgement.valid, liveLines: live?.valid },
  };
  const isLess = live !== undefined && live.valid < judgement.valid;
  const isOther = wanted !== undefined && live !== undefined && live.bytes !== judgement.bytes;
  if (live === undefined || isLess || isOther)
    return {
      ...shape,
      step: live === undefined ? 'restore' : 'replace',
      ...{ bytes: judgement.bytes, badLines: judgement.badLines, source: { file }, judgement },
    };
  const isSame = live.bytes === judgement.bytes && live.valid === judgement.valid;
  const isBroken = live.badLines > 0 || !live.isEnded;
  return {
    ...shape,
    step: isBroken ? 'repair' : isSame ? 'same' : 'keep',
    ...{ bytes: live.bytes, badLines: live.badLines },
    ...{ source: { live: place.target }, judgement: live },
  };
}

/** Any other file is written where it is missing, or where the client has only its beginning. */
function planWhole(
  file: ArchivedFile | undefined,
  branches: readonly ArchivedFile[],
  { path, target }: FilePlace,
): PlannedFile {
  if (file === undefined) throw new Error('a file without a branch');
  const size = sizeOf(target);
  const step =
    size === undefined
      ? 'restore'
      : size === file.bytes
        ? 'same'
        : size < file.bytes && beginsWith(file, target, size)
          ? 'replace'
          : 'keep';
  return {
    ...{ path, target, step, branch: file.branch, otherBranches: othersOf(branches, file) },
    ...{ bytes: file.bytes, lines: undefined, liveLines: undefined, badLines: 0 },
    ...{ source: { file }, judgement: undefined },
  };
}

function othersOf(branches: readonly ArchivedFile[], chosen: ArchivedFile): readonly string[] {
  return branches.filter((one) => one !== chosen).map(({ branch }) => branch);
}

function beginsWith(file: ArchivedFile, target: string, size: number): boolean {
  const live = readFileInPieces(target);
  let begin = Buffer.alloc(0);
  for (const bytes of archivedBytes(file, { to: size })) begin = Buffer.concat([begin, bytes]);
  return Buffer.concat([...live]).equals(begin);
}

/**
 * What the client has of a file of lines; `undefined`: nothing. @throws when something else has its
 * name.
 */
export function classifyLiveFile(target: string): LineClassification | undefined {
  return sizeOf(target) === undefined ? undefined : classifyLines(readFileInPieces(target));
}

function sizeOf(target: string): number | undefined {
  const found = lstatSync(target, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : undefined;
}

const PIECE_BYTES = 1 << 20;

/** The bytes of a plain file, in pieces. */
export function* readFileInPieces(path: string): Generator<Buffer> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) return;
    for (;;) {
      const bytes = Buffer.allocUnsafe(PIECE_BYTES);
      const count = readSync(fd, bytes, 0, bytes.length, null);
      if (count === 0) return;
      yield bytes.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}
