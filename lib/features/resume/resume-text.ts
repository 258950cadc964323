import { isoTime } from '../../core/clock.ts';
import { redactTokens } from '../../secrets/redact.ts';
import { errorHeadline } from '../../core/error-headline.ts';
import { isQuotable, quoted, quotedName } from '../../core/quote.ts';
import type { GitState } from '../../git/git-state.ts';
import type { ResumeState } from './resume-state.ts';

/** Maximum characters of the text. With its first line it stays below 2,000. */
export const TEXT_LIMIT = 1_750;

const MAX_FAILURES = 3;
const MAX_TODOS = 8;
const MAX_FILES = 10;

/**
 * Lines that belong together. The first is their heading, which is dropped if no other line fits.
 */
type Block = readonly string[];

/**
 * Formats the state for Claude: the most important first, in whole lines, without secrets;
 * `undefined` if there is nothing to say. Values are shortened with `…`; lines that do not fit are
 * left out.
 * @param command Returns the command that starts waymark where the text is read. Called only if the
 * text needs it.
 */
export function formatResumeText(
  where: ResumeState,
  git: GitState | undefined,
  command: () => string,
): string | undefined {
  if (where.prompts.length === 0 && !hasWork(where)) return undefined;
  const short = (path: string): string => shortPath(path, where);
  const blocks = [
    ...taskBlocks(where),
    todoBlock(where),
    failureBlock(where, short, command),
    fileBlock(where, short),
    commandBlock(where),
    gitBlock(where, git),
    checkpointBlock(where),
  ];
  return fitted(blocks.filter((block) => block.length > 0));
}

/** Whether there was work to continue, not only talk. */
export function hasWork({ todos, failures, files, commands }: ResumeState): boolean {
  return todos.open.length + failures.length + files.length + commands.length > 0;
}

function taskBlocks({ prompts }: ResumeState): readonly Block[] {
  const [latest, before] = prompts;
  return [
    latest === undefined ? [] : [`Task (last prompt): ${quote(latest, 400)}`],
    before === undefined ? [] : [`Prompt before: ${quote(before, 300)}`],
  ];
}

function todoBlock({ todos }: ResumeState): Block {
  if (todos.open.length === 0) return [];
  const lines = todos.open
    .slice(0, MAX_TODOS)
    .map(
      ({ text, status }) =>
        `- ${status === 'in_progress' ? '[in progress] ' : ''}${quote(text, 120)}`,
    );
  return [`Todos, ${todos.open.length} of ${todos.total} open:`, ...lines];
}

function failureBlock(
  { failures }: ResumeState,
  short: (path: string) => string,
  command: () => string,
): Block {
  if (failures.length === 0) return [];
  const lines = failures.slice(0, MAX_FAILURES).map(({ tool, target, error, count, fix }) => {
    const what =
      tool === 'Bash' ? quote(target, 120) : `${quotedName(tool)} ${quote(short(target), 120)}`;
    const worked = fix === null ? '' : ` Known fix: ${fixText(fix, command)}`;
    return `- ${what}${count > 1 ? ` (${count} times)` : ''}: ${quote(errorHeadline(error), 140)}${worked}`;
  });
  return [
    failures.length > MAX_FAILURES
      ? `Failed and not yet working (latest ${MAX_FAILURES} of ${failures.length}):`
      : 'Failed and not yet working:',
    ...lines,
  ];
}

function fileBlock({ files }: ResumeState, short: (path: string) => string): Block {
  if (files.length === 0) return [];
  const named = files.slice(0, MAX_FILES).map((file) => quote(short(file), 100));
  return [
    `Files edited since the last commit: ${named.join(', ')}${more(files.length - named.length)}`,
  ];
}

function commandBlock({ commands }: ResumeState): Block {
  if (commands.length === 0) return [];
  const lines = commands.map(
    ({ command, outcome, error }) =>
      `- ${quotedName(outcome)}: ${quote(command, 100)}${error === null ? '' : ` (${quote(errorHeadline(error), 80)})`}`,
  );
  return ['Last commands, latest first:', ...lines];
}

function gitBlock({ branch }: ResumeState, git: GitState | undefined): Block {
  const name = git === undefined ? branch : git.branch;
  const on = name === null ? '' : `Branch ${quote(name, 80)}`;
  if (git === undefined) return on === '' ? [] : [on];
  const files = git.files.map((file) => quote(file, 80)).join(', ');
  const state =
    git.changed === 0
      ? 'nothing uncommitted'
      : `uncommitted: ${files}${more(git.changed - git.files.length)}`;
  return [`${on === '' ? 'Detached HEAD' : on}, ${state}`];
}

function checkpointBlock({ lastCheckpoint }: ResumeState): Block {
  if (lastCheckpoint === null) return [];
  const { at, kind, operations, note } = lastCheckpoint;
  const said = note === null || kind !== 'stop' ? [] : [`Last answer began: ${quote(note, 200)}`];
  return [
    `Last checkpoint: ${isoTime(at).slice(0, 16).replace('T', ' ')} UTC (${quotedName(kind)}), ${operations} operations`,
    ...said,
  ];
}

/** Returns as many whole lines as fit. */
function fitted(blocks: readonly Block[]): string {
  const lines: string[] = [];
  let room = TEXT_LIMIT;
  for (const [head = '', ...rest] of blocks) {
    const least =
      head.length + 1 + (rest.length > 0 && head.endsWith(':') ? (rest[0]?.length ?? 0) + 1 : 0);
    if (least > room) continue;
    for (const text of [head, ...rest]) {
      if (text.length + 1 > room) break;
      lines.push(text);
      room -= text.length + 1;
    }
  }
  return lines.join('\n');
}

/** Quotes a text, without secrets. */
function quote(text: string, limit: number): string {
  return quoted(redactTokens(text), limit);
}

const FIX_LIMIT = 140;

/** Formats a fix; if quoting would change it, it is only named. */
function fixText(fix: string, command: () => string): string {
  const redacted = redactTokens(fix);
  return isQuotable(redacted, FIX_LIMIT)
    ? quoted(redacted, FIX_LIMIT)
    : `see \`${command()} failures\``;
}

function shortPath(path: string, { project, worktree }: ResumeState): string {
  for (const folder of [project, worktree])
    if (folder !== null && path.startsWith(`${folder}/`)) return path.slice(folder.length + 1);
  return path;
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : '';
}
