import { groupBy } from '../../core/group-by.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatAgo, plural } from '../../core/units.ts';
import type { ReadyRestore } from '../../actions/restore-code/prepare-restore.ts';
import type { CodeRestoreResult } from '../../actions/restore-code/restore-code.ts';
import { pathText } from '../../actions/restore-code/restore-context.ts';
import type { Paint } from './paint.ts';

/**
 * Most paths that are listed of one kind of step, and that are named where several share a reason.
 */
const MAX_LISTED = 40;
const MAX_NAMED = 3;

type Step = ReadyRestore['plan']['steps'][number];
type Kept = ReadyRestore['plan']['kept'][number];

const VERBS: Readonly<Record<Step['step'], string>> = {
  write: 'write',
  overwrite: 'overwrite',
  mode: 'permissions',
  remove: 'remove',
};

/** What would change, one path a line. */
export function formatRestoreSteps(
  { plan }: ReadyRestore,
  paint: Paint,
): readonly (readonly string[])[] {
  const rows = plan.steps.slice(0, MAX_LISTED).map(({ path, step }) => {
    const verb = step === 'remove' ? paint.red(VERBS[step]) : VERBS[step];
    return [`  ${verb}`, oneLine(pathText(path))];
  });
  const more = plan.steps.length - rows.length;
  return more > 0 ? [...rows, ['  …', `and ${more} more (--json lists all)`]] : rows;
}

const REASONS: Readonly<Record<Kept['reason'], readonly [one: string, many: string]>> = {
  nested: ['stays: it is a repository, or in one', 'stay: they are repositories, or in one'],
  blocked: ['stays: something else is in its place', 'stay: something else is in their place'],
  unsafe: [
    'is not restored: its name is not allowed',
    'are not restored: their names are not allowed',
  ],
  came: [
    'was created later and stays; --remove-new removes it',
    'were created later and stay; --remove-new removes them',
  ],
  partial: [
    'stays: the checkpoint left files out, so it may have existed',
    'stay: the checkpoint left files out, so they may have existed',
  ],
  unproven: [
    'stays: no later checkpoint of the session shows that it was created later',
    'stay: no later checkpoint of the session shows that they were created later',
  ],
  ignored: [
    'stays: it was ignored at that time, so it may have existed',
    'stay: they were ignored at that time, so they may have existed',
  ],
};

/** Why paths stay although they differ, one line for each reason. */
export function formatKeptPaths({ plan, undoes }: ReadyRestore): readonly string[] {
  const groups = groupBy(plan.kept, ({ reason }) => reason);
  return [...groups.values()].flatMap((kept) => {
    const reason = kept[0]?.reason;
    if (reason === undefined) return [];
    const [one, many] =
      undoes !== undefined && reason === 'unproven'
        ? ['stays: it changed after the restore', 'stay: they changed after the restore']
        : REASONS[reason];
    return `${named(kept)} ${kept.length === 1 ? one : many}.`;
  });
}

/** What a person should know before. */
export function formatRisks({ risks }: ReadyRestore): readonly string[] {
  const groups = groupBy(risks, ({ kind, session }) => `${kind} ${session ?? ''}`);
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first?.kind === 'session')
      return `Session ${oneLine(first.session ?? '').slice(0, 8)}${first.isOpen === true ? ', which is open,' : ''} wrote ${named(group)} after the checkpoint.`;
    return `${named(group)} changed after the newest checkpoint, without a recorded call.`;
  });
}

function named(rows: readonly { readonly path: string }[]): string {
  const names = rows.slice(0, MAX_NAMED).map(({ path }) => oneLine(pathText(path)));
  const more = rows.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What is restored: a checkpoint, or what was there before the last restore. */
export function formatRestoreHead(ready: ReadyRestore, now: number): string {
  const when = formatAgo(ready.targetAt, now);
  if (ready.undoes !== undefined) return `Undo of the restore of ${when}`;
  const session =
    ready.session === undefined ? '' : `, session ${oneLine(ready.session).slice(0, 8)}`;
  return `Checkpoint ${ready.target} of ${when}${session}`;
}

/** What was done. */
export function formatRestoreResult({
  written,
  removed,
  skipped,
}: CodeRestoreResult): readonly string[] {
  const done = [
    ...(written > 0 ? [`wrote ${plural(written, 'file')}`] : []),
    ...(removed > 0 ? [`removed ${plural(removed, 'file')}`] : []),
  ].join(', ');
  return [
    done === '' ? 'Changed nothing.' : `${done.slice(0, 1).toUpperCase()}${done.slice(1)}.`,
    ...skipped.map(
      ({ path, reason }) => `Not changed: ${oneLine(pathText(path))} (${oneLine(reason)})`,
    ),
  ];
}
