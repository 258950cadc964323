import { isoTime } from '../../core/clock.ts';
import { WaymarkError } from '../../core/errors.ts';
import { readConfiguredPrices } from '../../query/cost.ts';
import { readConfiguredWindows } from '../../query/context-figures.ts';
import { readAround } from '../../query/conversation/read-part.ts';
import { readConversation } from '../../query/conversation/read-conversation.ts';
import { findHit } from '../../query/find-hit.ts';
import { findSession, createNoSessionError } from '../../query/find-session.ts';
import { readSessionDetail } from '../../query/session-detail.ts';
import { readSessionStory } from '../../query/session-story.ts';
import { readSessionStates, type SessionState, stateFields } from '../../query/session-states.ts';
import { nameSavedFiles } from '../../query/snapshots/list-checkpoints.ts';
import { queryStore } from '../../query/store-view.ts';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { renderConversation } from '../text/conversation-text.ts';
import { formatSession } from '../text/session-text.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface ShowFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly any?: boolean;
  readonly full?: boolean;
  readonly at?: string;
}

const EXAMPLES = `
Examples:
  $ waymark show                       the latest session of this folder
  $ waymark show 3ced9ec8              the beginning of an id is enough
  $ waymark show --full                read it like a conversation
  $ waymark show --at @3lhvs1          around a hit of waymark search
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
    .option('--at <hit>', 'show the conversation around a hit of a search')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, flags: ShowFlags) => {
      const { paint, clock, width, print, printJson, runnable } = context;
      if (flags.at !== undefined) return showHit(context, flags.at, flags);
      const folder = context.folder();
      const windows = readConfiguredWindows(context.actionContext());
      const prices = readConfiguredPrices(context.actionContext());
      const scope = flags.any === true ? 'any' : context;
      const ask = <T>(read: SessionReader<T>): Promise<T | undefined> =>
        queryStore(folder, undefined, async (database) =>
          read(database, folder, await findSession(database, wanted, scope), windows, prices),
        );
      if (flags.full === true) {
        if (flags.json === true)
          throw new WaymarkError('USAGE', 'Cannot use --full with --json: it prints text', {
            remedy: 'Use `waymark export --format jsonl`.',
          });
        const conversation = (await ask(readConversation)) ?? nothingYet(wanted);
        const options = {
          paint,
          now: clock(),
          all: flags.all === true,
          width: width ?? PLAIN_COLUMNS,
        };
        for (const line of renderConversation(conversation, options)) print(line);
      } else if (flags.json === true) {
        const { found, state } =
          (await ask(withState(readSessionDetail, clock()))) ?? nothingYet(wanted);
        const { session, checkpoints } = found;
        const place = {
          ...context,
          folder,
          cwd: session.worktree ?? session.project ?? context.cwd,
        };
        printJson({
          ...found,
          session: { ...session, ...stateFields(state) },
          checkpoints: await nameSavedFiles(place, checkpoints),
        });
      } else {
        const { found: story, state } =
          (await ask(withState(readSessionStory, clock()))) ?? nothingYet(wanted);
        const options = { paint, now: clock(), state, all: flags.all === true, width };
        for (const line of formatSession(story, options)) print(runnable(line));
      }
    });
};

/** Entries before and after a hit. */
const AROUND = { before: 4, after: 8 };

async function showHit(context: CommandContext, hit: string, flags: ShowFlags): Promise<void> {
  const { paint, clock, width, print, printJson } = context;
  const folder = context.folder();
  const windows = readConfiguredWindows(context.actionContext());
  const found = await findHit(folder, hit);
  const conversation =
    found &&
    (await queryStore(folder, undefined, (database) =>
      readConversation(database, folder, found.session, windows),
    ));
  if (found === undefined || conversation === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find hit ${hit}: the index has no such hit`, {
      remedy: 'Search again: `waymark search WORDS`.',
    });
  const entries = readAround(conversation, { at: found.at, ...AROUND });
  if (flags.json === true) {
    const { session, title, origin } = conversation;
    printJson({ hit, kind: found.kind, at: isoTime(found.at), session, title, origin, entries });
    return;
  }
  const options = {
    ...{ paint, now: clock(), all: flags.all === true, width: width ?? PLAIN_COLUMNS },
  };
  const part = { ...conversation, entries: () => entries };
  for (const line of renderConversation(part, options)) print(line);
}

type SessionReader<T> = (...given: Parameters<typeof readSessionDetail>) => Promise<T | undefined>;

/** Reads a session together with what it is doing now. */
function withState<T>(
  read: SessionReader<T>,
  now: number,
): SessionReader<{ readonly found: T; readonly state: SessionState }> {
  return async (...given) => {
    const [database, folder, id] = given;
    const found = await read(...given);
    const state = (await readSessionStates(database, [id], { folder, now })).get(id);
    return found === undefined || state === undefined ? undefined : { found, state };
  };
}

function nothingYet(wanted: string): never {
  throw createNoSessionError(wanted);
}
