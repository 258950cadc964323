import { WaymarkError } from '../../core/errors.ts';
import { configuredWindows } from '../../query/context-figures.ts';
import { readConversation } from '../../query/conversation/read-conversation.ts';
import { findSession } from '../../query/find-session.ts';
import { readSessionDetail } from '../../query/session-detail.ts';
import { readSessionStory } from '../../query/session-story.ts';
import { askStore } from '../../query/store-view.ts';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { conversationText } from '../text/conversation-text.ts';
import { sessionText } from '../text/session-text.ts';
import type { AddCommand } from '../command-context.ts';

interface ShowFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly any?: boolean;
  readonly full?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark show                       the latest session of this folder
  $ waymark show 3ced9ec8              the beginning of an id is enough
  $ waymark show --full                read it like a conversation
  $ waymark show --json | jq '.operations[] | select(.outcome == "failed")'`;

/** `waymark show [SESSION]`: what happened in one session, in the order of time. */
export const addShow: AddCommand = (program, context) => {
  program
    .command('show')
    .argument('[session]', 'an id, the beginning of one, or last', 'last')
    .option('--any', 'last means the latest session of all folders')
    .option('--json', 'print one JSON object')
    .option('--full', 'show the conversation: answers, results, changes')
    .option('--all', 'show everything')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, flags: ShowFlags) => {
      const { paint, clock, width, print, printJson, runnable } = context;
      const folder = context.folder();
      const windows = configuredWindows(context.acting());
      const scope = flags.any === true ? 'any' : context;
      const ask = <T>(read: SessionReader<T>): Promise<T | undefined> =>
        askStore(folder, undefined, async (database) =>
          read(database, folder, await findSession(database, wanted, scope), windows),
        );
      if (flags.full === true) {
        if (flags.json === true)
          throw new WaymarkError('USAGE', 'Cannot combine --full with --json', {
            remedy: 'Use `waymark export --format jsonl`.',
          });
        const conversation = (await ask(readConversation)) ?? nothingYet(wanted);
        const options = {
          paint,
          now: clock(),
          all: flags.all === true,
          width: width ?? PLAIN_COLUMNS,
        };
        for (const line of conversationText(conversation, options)) print(line);
      } else if (flags.json === true)
        printJson((await ask(readSessionDetail)) ?? nothingYet(wanted));
      else {
        const story = (await ask(readSessionStory)) ?? nothingYet(wanted);
        const options = { paint, now: clock(), all: flags.all === true, width };
        for (const line of sessionText(story, options)) print(runnable(line));
      }
    });
};

type SessionReader<T> = (...given: Parameters<typeof readSessionDetail>) => Promise<T | undefined>;

function nothingYet(wanted: string): never {
  throw new WaymarkError('NOT_FOUND', `Cannot find session ${wanted}: nothing was recorded yet`, {
    remedy: '`waymark doctor` shows whether the hooks are installed.',
  });
}
