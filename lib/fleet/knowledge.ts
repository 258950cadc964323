import { errorHeadline } from '../core/error-headline.ts';
import { groupBy } from '../core/group-by.ts';
import { numberField, stringField } from '../core/json.ts';
import { headOf } from '../core/text.ts';
import { computeCommandShapes } from '../features/failure/command-shape.ts';
import { computePatternId } from '../features/failure/error-pattern.ts';
import {
  isGlobalPattern,
  isProjectIndependent,
  MAX_COMMANDS,
  MAX_PROJECTS,
} from '../features/failure/known-pattern.ts';
import { isOpenText } from '../features/failure/open-shape.ts';
import { readKind } from '../features/failure/read-base.ts';
import type { Row } from '../store/database.ts';
import type { KnowledgeEvidence } from '../store/postgres/knowledge.ts';
import type { NameCheck } from './name-free.ts';

/** How many people must have a failure before the team shares it without a confirmed fix. */
const MIN_PEOPLE = 2;

/** Longest texts that are kept, in units. */
const ERROR_LIMIT = 200;
const COMMAND_LIMIT = 500;

/** A pattern of which others know a fix. */
export interface Lesson {
  readonly id: string;
  readonly tool: string;
  /** The best first. */
  readonly fixes: readonly LessonFix[];
  /** The row of `team_patterns` with the fix. */
  readonly rowWith: (fix: LessonFix) => Row;
}

export interface LessonFix {
  readonly text: string;
  readonly isEdit: boolean;
  readonly isWhole: boolean;
  readonly count: number;
  /** When it helped or was confirmed last, by the clock of the server. */
  readonly at: number;
  readonly isConfirmed: boolean;
}

/**
 * Finds what a machine can learn from the others: patterns with a confirmed fix, or that happened
 * to two people. Leaves out everything that names a path, a machine or a person.
 * @param aheadMs How far the clock of this machine is ahead of the server's.
 */
export function findLessons(
  evidence: KnowledgeEvidence,
  { isNameFree, aheadMs }: { readonly isNameFree: NameCheck; readonly aheadMs: number },
): readonly Lesson[] {
  const ofPattern = (rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> =>
    groupBy(rows, (row) => text(row, 'pattern_id'));
  const [sums, runs] = [ofPattern(evidence.sums), ofPattern(evidence.runs)];
  const [fixes, confirmed] = [ofPattern(evidence.fixes), ofPattern(evidence.confirmations)];
  return evidence.patterns.flatMap((pattern) => {
    const id = text(pattern, 'id');
    const [sum = {}] = sums.get(id) ?? [];
    const found = { pattern, sum, runs: runs.get(id) ?? [], isNameFree, aheadMs };
    const known = fixesOf(fixes.get(id) ?? [], confirmed.get(id) ?? [], isNameFree).filter(
      ({ isConfirmed }) => isConfirmed || number(sum, 'people') >= MIN_PEOPLE,
    );
    const row = known.length === 0 ? undefined : rowOf(found);
    if (row === undefined) return [];
    const rowWith = (fix: LessonFix): Row => ({
      ...row,
      ...fixColumns(fix, text(pattern, 'tool')),
    });
    return [{ id, tool: text(pattern, 'tool'), fixes: known, rowWith }];
  });
}

function fixesOf(
  rows: readonly Row[],
  confirmations: readonly Row[],
  isNameFree: NameCheck,
): readonly LessonFix[] {
  const confirmedAt = new Map(confirmations.map((row) => [text(row, 'text'), number(row, 'at')]));
  const told = rows.flatMap((row) => {
    const isEdit = row['is_edit'] === 1;
    const shown = isEdit ? withoutFolder(row) : text(row, 'text');
    if (!isNameFree(shown)) return [];
    return [{ row, isEdit, shown, confirmed: confirmedAt.get(text(row, 'text')) }];
  });
  return [...groupBy(told, ({ shown, isEdit }) => `${isEdit} ${shown}`).values()]
    .map((same): LessonFix => {
      const times = same.flatMap(({ row, confirmed = 0 }) => [number(row, 'at'), confirmed]);
      return {
        text: same[0]?.shown ?? '',
        isEdit: same[0]?.isEdit ?? false,
        isWhole: same.every(({ row }) => row['is_whole'] === 1),
        count: same.reduce((sum, { row }) => sum + number(row, 'count'), 0),
        at: Math.max(...times),
        isConfirmed: same.some(({ confirmed }) => confirmed !== undefined),
      };
    })
    .toSorted(
      (one, other) =>
        Number(other.isConfirmed) - Number(one.isConfirmed) ||
        other.count - one.count ||
        other.at - one.at,
    );
}

/** The path of an edited file, in the folder in which the session worked. */
function withoutFolder(row: Row): string {
  const path = text(row, 'text');
  const folders = [text(row, 'worktree'), text(row, 'project')].filter((folder) => folder !== '');
  const folder = folders.find((one) => path.startsWith(`${one}/`));
  return folder === undefined ? path : path.slice(folder.length + 1);
}

interface Found {
  readonly pattern: Row;
  readonly sum: Row;
  /** The latest first. */
  readonly runs: readonly Row[];
  readonly isNameFree: NameCheck;
  readonly aheadMs: number;
}

/** `undefined` for what holds nowhere here, or whose general form names something. */
function rowOf({ pattern, sum, runs, isNameFree, aheadMs }: Found): Row | undefined {
  const [id, key, tool] = [
    text(pattern, 'id'),
    text(pattern, 'command_key'),
    text(pattern, 'tool'),
  ];
  const [command, error] = [text(pattern, 'command'), text(pattern, 'error')];
  const [latest] = runs;
  const isSound = id === computePatternId(key, error) && isNameFree(command) && isNameFree(error);
  if (latest === undefined || !isSound) return undefined;
  const kind = readKind(latest);
  const failed = failedCommands(runs, command, { isNameFree, aheadMs });
  const repositories = [...new Set(runs.flatMap((run) => folderName(run) ?? []))].filter(
    isNameFree,
  );
  const sessions = number(sum, 'sessions');
  const isGlobal =
    isProjectIndependent(command, kind, error) ||
    isGlobalPattern({ kind, sessions, projects: repositories.length });
  if (failed.length === 0 || (!isGlobal && repositories.length === 0)) return undefined;
  const lastError = errorHeadline(text(latest, 'error')) || error;
  return {
    ...{ id, command_key: key, tool, command, error, kind, sessions },
    ...{ needle: text(pattern, 'needle'), is_general: number(pattern, 'is_general') },
    ...{ count: number(sum, 'count'), people: number(sum, 'people') },
    ...{ first_at: number(sum, 'first_at') + aheadMs, last_at: number(latest, 'at') + aheadMs },
    last_error: headOf(isNameFree(lastError) ? lastError : error, ERROR_LIMIT),
    last_command: failed.find((one) => one.command !== '')?.command ?? command,
    repositories: JSON.stringify(repositories.slice(0, MAX_PROJECTS)),
    is_global: isGlobal ? 1 : 0,
    failed: JSON.stringify(failed),
  };
}

/**
 * Exact commands that failed, each once. A command that names a person, machine or path fits no
 * other machine. It is kept, without its text, only if the error concerns all calls of a program.
 */
function failedCommands(
  runs: readonly Row[],
  shape: string,
  { isNameFree, aheadMs }: Pick<Found, 'isNameFree' | 'aheadMs'>,
) {
  return [...groupBy(runs, (run) => text(run, 'exact'))]
    .flatMap(([exact, same]) => {
      const commands = same.map((run) => headOf(text(run, 'command'), COMMAND_LIMIT));
      const command = commands.find(isNameFree);
      if (command === undefined && !isOpenText(shape)) return [];
      const at = Math.max(...same.map((run) => number(run, 'at'))) + aheadMs;
      return [{ exact, at, command: command ?? '' }];
    })
    .slice(0, MAX_COMMANDS);
}

/** The name of the repository, or of the folder where there is none. */
function folderName(run: Row): string | undefined {
  const folder = (stringField(run, 'repository') ?? text(run, 'project')).replace(/\/\.git$/, '');
  return folder.split(/[\\/]/).findLast((part) => part !== '');
}

function fixColumns({ text: fix, isEdit, isWhole, count, isConfirmed }: LessonFix, tool: string) {
  const keys = isEdit ? [] : computeCommandShapes(tool, fix).map(({ key }) => key);
  return {
    ...{ fix, fix_is_edit: isEdit ? 1 : 0, fix_is_whole: isWhole ? 1 : 0, fix_count: count },
    ...{ fix_keys: JSON.stringify([...new Set(keys)]), is_confirmed: isConfirmed ? 1 : 0 },
  };
}

function text(row: Row, name: string): string {
  return stringField(row, name) ?? '';
}

function number(row: Row, name: string): number {
  return numberField(row, name) ?? 0;
}
