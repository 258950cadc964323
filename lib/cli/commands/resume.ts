import { WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { type GitState, readGitState } from '../../git/git-state.ts';
import { hasWork, resumeText } from '../../features/resume/resume-text.ts';
import { type WhereYouWere, whereYouWere } from '../../features/resume/where-you-were.ts';
import { readGitHead } from '../../hook/git-head.ts';
import type { Database } from '../../store/database.ts';
import { lessonsIn } from '../../worker/lesson-of.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { findSession, latestSessionOf } from '../../query/find-session.ts';
import { readStore } from '../../query/store-view.ts';

interface ResumeFlags {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark resume                     where the latest session of this folder stands
  $ waymark resume 3ced9ec8            the beginning of an id is enough; last is the latest of all
  $ waymark resume --json | jq .failures`;

/** `waymark resume`: what Claude is told after a compaction, on resuming and after a crash. Read from the store: no worker is needed. */
export const addResume: AddCommand = (program, context) => {
  program
    .command('resume')
    .argument(
      '[session]',
      'an id, the beginning of one, or last; left out: the latest of this folder',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string | undefined, flags: ResumeFlags) => {
      const where = readStore(context.folder(), undefined, (database) =>
        find(database, wanted, context),
      );
      if (where === undefined) {
        throw new WaymarkError(
          'NOT_FOUND',
          `Cannot tell where you were: no session was recorded in ${context.cwd}`,
          {
            remedy:
              '`waymark sessions` lists those of other folders; `waymark resume last` takes the latest.',
          },
        );
      }
      const git = await gitOf(where, context);
      const text = resumeText(where, git);
      if (flags.json === true)
        context.printJson({
          ...where,
          git: git ?? null,
          hasWork: hasWork(where),
          text: text ?? null,
        });
      else context.print(text ?? `Session ${where.session} has nothing to go on with.`);
    });
};

function find(
  database: Database,
  wanted: string | undefined,
  context: CommandContext,
): WhereYouWere | undefined {
  const session =
    wanted === undefined
      ? latestSessionOf(database, foldersOf(context))
      : findSession(database, wanted);
  return session === undefined ? undefined : whereYouWere(database, session, lessonsIn(database));
}

function foldersOf({ cwd, environment }: CommandContext): readonly string[] {
  const worktree = readGitHead(cwd)?.worktree;
  return [
    ...new Set([cwd, realPathOr(cwd), environment['CLAUDE_PROJECT_DIR'] ?? cwd, worktree ?? cwd]),
  ];
}

async function gitOf(
  { worktree }: WhereYouWere,
  { environment }: CommandContext,
): Promise<GitState | undefined> {
  return worktree === null ? undefined : readGitState(worktree, environment);
}
