import { styleText } from 'node:util';
import { parseSettings } from '../lib/claude/settings/parse-settings.ts';
import type { Scope } from '../lib/claude/settings/settings-path.ts';
import { plural } from '../lib/core/units.ts';
import { createInstalledEntryTest } from './hook-entries.ts';
import type { Plan } from './plan.ts';
import type { Proof } from './prove.ts';
import type { InstallerContext } from './installer-context.ts';
import type { UninstallResult } from './uninstall.ts';

/**
 * The command that takes this installation out again, runnable from where the installer was run.
 */
export function formatUndoCommand(scope: Scope, context: InstallerContext): string {
  return `${context.command} uninstall${scope === 'user' ? '' : ` --scope ${scope}`}`;
}

/** What happens from now on, how to look, and how to undo. */
export function formatClosingLines(scope: Scope, context: InstallerContext): readonly string[] {
  return [
    `From now on, every Claude Code session${scope === 'user' ? '' : ' that starts in this folder'} is recorded automatically. Running sessions join at their next prompt.`,
    `Transcripts are copied, so that you can restore deleted sessions (readable only by you). To turn it off: \`${context.command} config set transcripts false\``,
    `Files of git work trees are saved at each prompt (readable only by you). To turn it off: \`${context.command} config set snapshots false\``,
    `Look:  ${context.command} status`,
    `Undo:  ${formatUndoCommand(scope, context)}`,
  ];
}

/** What was done to settings.json, or that there was nothing to do, in one line. */
export function formatOutcome({
  changed,
  added,
  removed,
  file,
  after,
  hadLine,
  line,
}: Plan): string {
  if (!changed) return `Nothing to change in ${file}.`;
  const gone = formatHooksAndLine(removed, hadLine && !line.isIn);
  if (after === undefined) return `Deleted ${file} with ${gone}: it did not exist before.`;
  if (added === 0 && !line.isIn) return `Removed ${gone} from ${file}.`;
  if (added === 0 && removed > 0)
    return `Removed ${count(removed)} from ${file}; the status line is ${hadLine ? 'still there' : 'new'}.`;
  return `Installed ${formatHooksAndLine(added, line.isIn && (!hadLine || added === 0))} in ${file}${removed === 0 ? '.' : `; ${count(removed)} of an earlier installation removed.`}`;
}

/** What a change does to the file, in one sentence. */
export function formatSummary(plan: Plan, context: InstallerContext): string {
  const { before, after, added, removed } = plan;
  const then = countHooks(after, plan, context);
  const gone = plural(removed, 'entry', 'entries');
  const parts = [
    ...(added > 0
      ? [`${plural(added, 'entry', 'entries')} for ${plural(then.events, 'event')}`]
      : []),
    ...(removed > 0
      ? [added > 0 ? `${gone} of an earlier installation` : gone].map(formatRemoved)
      : []),
    ...(then.others > 0 ? [formatKeptHooks(then.others)] : []),
    ...lineChange(plan),
    ...(before === undefined ? ['the file is new'] : []),
    ...(after === undefined ? ['the file is deleted: it did not exist before'] : []),
    ...(before === undefined ? [] : ['a backup is kept']),
  ];
  const text = parts.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function formatRemoved(what: string): string {
  return `${what} ${what.startsWith('1 ') ? 'goes' : 'go'}`;
}

function formatKeptHooks(hooks: number): string {
  return hooks === 1 ? 'your own hook stays' : `your ${hooks} hooks stay`;
}

function lineChange({ hadLine, line, record }: Plan): readonly string[] {
  if (hadLine && !line.isIn)
    return [
      record?.ownStatusLine === undefined
        ? 'the status line is removed'
        : 'your status line is restored',
    ];
  if (hadLine || !line.isIn) return [];
  return [line.own === undefined ? 'a status line' : 'your status line is kept'];
}

/** Hooks of others in a settings file, and events with hooks of waymark. */
function countHooks(
  text: string | undefined,
  { file, record }: Plan,
  { folder }: InstallerContext,
): { readonly others: number; readonly events: number } {
  const isOwn = createInstalledEntryTest(folder.bin, record?.names);
  const counts = parseSettings(text ?? '', file).events.map(({ groups }) => {
    const handlers = groups.flatMap((group) => group.handlers);
    const own = handlers.filter(({ value }) => isOwn(value)).length;
    return { own, others: handlers.length - own };
  });
  return {
    others: counts.reduce((sum, { others }) => sum + others, 0),
    events: counts.filter(({ own }) => own > 0).length,
  };
}

/** Both times of a proof, or why there are none. */
export function formatProof(proof: Proof): string {
  if (!proof.ok) return `Not verified: ${proof.message}`;
  return `Verified: a sample sent at ${clockTime(proof.sentAt)} was stored at ${clockTime(proof.storedAt)}.`;
}

/** `11:30:50.255` by the local clock. */
function clockTime(at: string | undefined): string {
  const time = new Date(at ?? Number.NaN);
  if (Number.isNaN(time.getTime())) return 'an unknown time';
  const part = (value: number, length: number): string => String(value).padStart(length, '0');
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(time.getMilliseconds(), 3)}`;
}

/** A unified diff with its lines coloured. */
export function colourDiff(diff: string, colour: boolean): string {
  if (!colour) return diff;
  return diff
    .split('\n')
    .map((line) =>
      /^(?:---|\+\+\+) /.test(line)
        ? styleText('bold', line)
        : line.startsWith('+')
          ? styleText('green', line)
          : line.startsWith('-')
            ? styleText('red', line)
            : line,
    )
    .join('\n');
}

/** `13 hooks`, `13 hooks and the status line`, `the status line`. */
function formatHooksAndLine(hooks: number, hasLine: boolean): string {
  if (!hasLine) return count(hooks);
  return hooks === 0 ? 'the status line' : `${count(hooks)} and the status line`;
}

function count(entries: number): string {
  return entries === 1 ? '1 hook' : `${entries} hooks`;
}

/** What remains after uninstalling; one line each. */
export function formatUninstallNotes(
  { stillUsedBy, purged }: Pick<UninstallResult, 'stillUsedBy' | 'purged'>,
  { folder, command }: InstallerContext,
): readonly string[] {
  if (stillUsedBy.length > 0)
    return [`Launchers and data stay: ${stillUsedBy.join(' and ')} still uses them.`];
  if (purged === undefined)
    return [
      `What was recorded stays in ${folder.root}; \`${command} uninstall --purge\` deletes it.`,
    ];
  const { handlers, strange, refused } = purged;
  const notes = [
    ...(handlers === undefined ? [] : [`Your own handlers stay: ${handlers}`]),
    ...(strange.length === 0
      ? []
      : [`Not deleted, because waymark did not make it: ${strange.join(', ')}`]),
    ...(refused.length === 0
      ? []
      : [`Not deleted, because it is not yours or the system refused: ${refused.join(', ')}`]),
  ];
  return notes.length === 0
    ? [`Deleted ${folder.root}.`]
    : ['Deleted what was recorded.', ...notes];
}

/** A warning below what was done. */
export function formatWarning(warning: string): string {
  return `Note: ${warning}`;
}
