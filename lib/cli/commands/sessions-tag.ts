import type { Command } from 'commander';
import { type TagResult, tagSession, untagSession } from '../../actions/tag-session.ts';
import { oneLine } from '../../core/one-line.ts';
import type { CommandContext } from '../command-context.ts';

interface TagFlags {
  readonly any?: boolean;
  readonly json?: boolean;
}

const TAG_EXAMPLES = `
Examples:
  $ waymark sessions tag 3ced9ec8 billing       add a tag to find it by
  $ waymark sessions tag last billing urgent    the latest of this folder
  $ waymark search invoice --tag billing        in sessions with the tag`;

const UNTAG_EXAMPLES = `
Examples:
  $ waymark sessions untag 3ced9ec8 urgent`;

/** `waymark sessions tag` and `untag`: words of your own on sessions. */
export function addTagCommands(sessions: Command, context: CommandContext): void {
  const add = (
    name: string,
    description: string,
    examples: string,
    change: typeof tagSession,
  ): void => {
    // --json and --any are options of `sessions` as well, so commander gives them to that
    sessions
      .command(name)
      .description(description)
      .argument('<session>', 'an id, the beginning of one, or last')
      .argument('<tags...>', 'letters, digits and . _ / : -')
      .option('--any', 'last means the latest session of all folders')
      .option('--json', 'print one JSON object')
      .addHelpText('after', examples)
      .action(async (wanted: string, tags: readonly string[], _own: TagFlags, command: Command) => {
        const flags = command.optsWithGlobals<TagFlags>();
        const scope = flags.any === true ? 'any' : context;
        printTags(context, await change(context.actionContext(), { wanted, scope, tags }), flags);
      });
  };
  add('tag', 'Add tags to a session, to find it again', TAG_EXAMPLES, tagSession);
  add('untag', 'Remove tags from a session', UNTAG_EXAMPLES, untagSession);
}

function printTags(
  { print, printJson }: CommandContext,
  tagged: TagResult,
  { json }: TagFlags,
): void {
  const { session, tags } = tagged;
  if (json === true) {
    printJson(tagged);
    return;
  }
  const short = oneLine(session).slice(0, 8);
  print(
    tags.length === 0
      ? `Session ${short} has no tags.`
      : `Session ${short} is tagged ${tags.map((tag) => `#${tag}`).join(' ')}.`,
  );
}
