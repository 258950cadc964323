import { WaymarkError } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { shellWord } from '../../core/shell-word.ts';
import { plural } from '../../core/units.ts';
import {
  type ForkedConversation,
  forkConversation,
} from '../../actions/restore-code/fork-conversation.ts';
import {
  prepareRestore,
  prepareUndo,
  type ReadyRestore,
} from '../../actions/restore-code/prepare-restore.ts';
import {
  restoreCode,
  type CodeRestoreResult,
  reportRecoveredRestores,
} from '../../actions/restore-code/restore-code.ts';
import {
  openRestoreContext,
  type RecoveredRestore,
  type RestoreContext,
} from '../../actions/restore-code/restore-context.ts';
import { formatRestoreCodeAsJson } from '../json/restore-code-json.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import {
  formatRestoreResult,
  formatRestoreHead,
  formatKeptPaths,
  formatRisks,
  formatRestoreSteps,
} from '../text/restore-text.ts';
import { abbreviateHome } from '../text/tilde.ts';

interface RestoreFlags {
  readonly dryRun?: boolean;
  readonly removeNew?: boolean;
  readonly undo?: boolean;
  readonly forkConversation?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark checkpoints                      what can be restored
  $ waymark restore 3f9c --dry-run           what would change
  $ waymark restore 3f9c src/total.ts        one file of it
  $ waymark restore last --remove-new        also remove newer files
  $ waymark restore --undo                   undo the last restore`;

/** `waymark restore`: files as they were at a checkpoint. */
export const addRestore: AddCommand = (program, context) => {
  program
    .command('restore')
    .argument('[checkpoint]', 'an id, the beginning of one, or last')
    .argument('[paths...]', 'only these files and folders')
    .option('--dry-run', 'show what would change; change nothing')
    .option('--remove-new', 'also remove files that were created later')
    .option('--undo', 'undo the last restore in this work tree')
    .option('--fork-conversation', 'also create a new session that ends at the checkpoint')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((checkpoint: string | undefined, paths: readonly string[], flags: RestoreFlags) =>
      restore(context, checkpoint, paths, flags),
    );
};

async function restore(
  context: CommandContext,
  checkpoint: string | undefined,
  paths: readonly string[],
  flags: RestoreFlags,
): Promise<void> {
  if ((checkpoint === undefined) === (flags.undo !== true))
    throw new WaymarkError(
      'USAGE',
      flags.undo === true
        ? 'Cannot use --undo with a checkpoint: it undoes the last restore'
        : 'Cannot restore files: no checkpoint is named',
      { remedy: '`waymark checkpoints` lists them; `waymark restore --undo` undoes a restore.' },
    );
  const ground = await openRestoreContext(context.actionContext(), context.cwd);
  try {
    await printRecovered(context, ground, flags);
    const ready =
      checkpoint === undefined
        ? await prepareUndo(ground)
        : await prepareRestore(ground, {
            ...{ cwd: context.cwd, checkpoint, paths, removesNew: flags.removeNew === true },
          });
    if (flags.json !== true) show(context, ground, ready);
    const forks = flags.forkConversation === true && flags.dryRun !== true;
    if (forks && ready.session === undefined)
      throw new WaymarkError(
        'NOT_FOUND',
        'Cannot fork the conversation: the checkpoint belongs to none',
      );
    const isWanted = ready.plan.steps.length > 0 && flags.dryRun !== true;
    if (isWanted && !(await isAgreed(context, ready, flags))) return;
    // first: it changes nothing of the user's, and may not be possible
    const forked =
      forks && ready.session !== undefined
        ? await forkConversation(context.actionContext(), {
            session: ready.session,
            until: ready.targetAt,
          })
        : undefined;
    const done = isWanted ? await restoreCode(ground, ready) : undefined;
    if (done !== undefined && done.skipped.length > 0) context.exitWith(1);
    if (flags.json === true)
      context.printJson({
        ...formatRestoreCodeAsJson(ground, ready, done),
        fork: forked ?? null,
      });
    else printResult(context, ready, done, flags);
    if (flags.json !== true && forked !== undefined) context.print(resumeText(forked));
  } finally {
    ground.release();
  }
}

/** Says what became of restores that were killed, before anything else. */
async function printRecovered(
  { warn, actionContext }: CommandContext,
  { recovered }: RestoreContext,
  { json }: RestoreFlags,
): Promise<void> {
  await reportRecoveredRestores(actionContext(), recovered);
  if (json === true) return;
  for (const one of recovered) warn(recoveredText(one));
}

function recoveredText({ outcome, plan, skipped }: RecoveredRestore): string {
  const what = `A restore of ${plural(plan.steps.length, 'file')} was interrupted`;
  if (outcome === 'undone') return `${what} before it changed anything; its drafts were deleted.`;
  if (outcome === 'lost') return `${what}, and its folder is missing or was replaced.`;
  const left = skipped.length === 0 ? '' : ` ${plural(skipped.length, 'file')} stayed unchanged.`;
  return `${what}; it is finished now.${left} \`waymark restore --undo\` undoes it.`;
}

function show(context: CommandContext, { tree }: RestoreContext, ready: ReadyRestore): void {
  const { print, printTable, paint, clock } = context;
  print(
    `${paint.bold(formatRestoreHead(ready, clock()))} in ${abbreviateHome(oneLine(tree.path))}`,
  );
  if (ready.plan.steps.length > 0)
    printTable(formatRestoreSteps(ready, paint), { columns: [{}, { least: 20 }] });
  for (const line of formatKeptPaths(ready)) print(line);
  for (const line of formatRisks(ready)) print(paint.yellow(line));
}

async function isAgreed(
  { ask, warn, exitWith }: CommandContext,
  { plan }: ReadyRestore,
  { yes, json }: RestoreFlags,
): Promise<boolean> {
  if (yes === true) return true;
  if (ask === undefined || json === true)
    throw new WaymarkError(
      'USAGE',
      'Cannot restore files: this is not a terminal, so it cannot ask',
      {
        remedy: 'Add --yes, or --dry-run to see what would change.',
      },
    );
  const answer = await ask(`Change ${plural(plan.steps.length, 'file')}? [y/N] `);
  if (/^y(?:es)?$/i.test(answer.trim())) return true;
  warn('Nothing was changed.');
  exitWith(130);
  return false;
}

function printResult(
  { print, runnable, warn }: CommandContext,
  ready: ReadyRestore,
  done: CodeRestoreResult | undefined,
  { dryRun }: RestoreFlags,
): void {
  if (done === undefined) {
    if (ready.plan.steps.length === 0)
      print('Nothing to restore: no file that may be changed differs.');
    else if (dryRun === true) print('Nothing was changed (dry run).');
    return;
  }
  for (const line of formatRestoreResult(done)) print(line);
  print(runnable('`waymark restore --undo` undoes it.'));
  if (!done.isTold)
    warn('No worker is running, so open sessions get no message that files changed.');
}

function resumeText({ session, folder }: ForkedConversation): string {
  const place = folder === null ? '' : `cd ${shellWord(oneLine(folder))} && `;
  return `A new session that ends at the checkpoint: \`${place}claude --resume ${session}\``;
}
