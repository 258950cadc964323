import { WaymarkError } from '../../core/errors.ts';
import { configuredWindows } from '../../query/context-figures.ts';
import { findSession } from '../../query/find-session.ts';
import { readSessionDetail } from '../../query/session-detail.ts';
import { askStore } from '../../query/store-view.ts';
import { sessionText } from '../text/session-text.ts';
import type { AddCommand } from '../command-context.ts';

interface ShowFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly any?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark show last                  the latest session
  $ waymark show 3ced9ec8              the beginning of an id is enough
  $ waymark show last --json | jq '.operations[] | select(.outcome == "failed")'`;

const MOST_LINES = 30;

/** `waymark show SESSION`: one session with its checkpoints, operations, failures and log. */
export const addShow: AddCommand = (program, context) => {
  program
    .command('show')
    .argument('[session]', 'an id, the beginning of one, or last', 'last')
    .option('--any', 'let last be the latest session of all folders, not of this one')
    .option('--json', 'print one JSON object')
    .option('--all', 'list everything, not only the latest lines')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, flags: ShowFlags) => {
      const folder = context.folder();
      const windows = configuredWindows(context.acting());
      const detail = await askStore(folder, undefined, async (database) =>
        readSessionDetail(
          database,
          folder,
          await findSession(database, wanted, flags.any === true ? 'any' : context),
          windows,
        ),
      );
      if (detail === undefined)
        throw new WaymarkError(
          'NOT_FOUND',
          `Cannot find session ${wanted}: nothing was recorded yet`,
          { remedy: '`waymark sessions` lists them.' },
        );
      if (flags.json === true) {
        context.printJson(detail);
        return;
      }
      const { paint, clock, width } = context;
      const most = flags.all === true ? Number.POSITIVE_INFINITY : MOST_LINES;
      for (const line of sessionText(detail, { paint, now: clock(), most, width }))
        context.print(line);
    });
};
