import { Option } from 'commander';
import { packageFolder } from '../../core/package-folder.ts';
import { URGENCIES } from '../../events/envelope.ts';
import { ERRORS } from '../../core/errors.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { validateEvent, sendEvent } from '../../actions/emit-event.ts';
import { type EmitFlags, readEmitFields, readQueuePriority } from './emit-input.ts';

interface Flags extends EmitFlags {
  readonly check?: boolean;
  readonly json?: boolean;
  readonly shellLibrary?: boolean;
}

const EXAMPLES = `
--priority also sets the queue priority: critical 0, high 2, medium 5, low 8;
--queue-priority overrides that.

Examples:
  $ waymark emit build.failed --payload '{"job":"lint"}' --priority high
  $ waymark emit deploy.done --payload @result.json --correlation release-7
  $ date +'{"at":"%s"}' | waymark emit backup.done --payload -
  $ waymark emit - < event.json                          a complete event
  $ waymark emit task.failed --payload @f.json --check   validate, send nothing
  $ . "$(waymark emit --shell-library)"                  without Node`;

/** `waymark emit`: an event from a person or a script. */
export const addEmit: AddCommand = (program, context) => {
  program
    .command('emit')
    .argument('[type]', 'such as build.failed, or - for a complete event')
    .option('--payload <json>', 'a JSON object, @FILE, or - for standard input')
    .option('--source <name>', 'name of the sender (default: cli)')
    .option('--correlation <id>', 'id shared by the events of one task or run')
    .addOption(new Option('--priority <word>', 'how urgent it is').choices(URGENCIES))
    .option('--queue-priority <n>', '0 (first) to 9')
    .option(
      '--tag <word>',
      'a word to filter by; may be repeated',
      (word: string, words: readonly string[] | undefined) => [...(words ?? []), word],
    )
    .option('--master <name>', 'the agent or person who asked for it')
    .option('--check', 'only validate it; send nothing')
    .option('--shell-library', 'print the path of the functions for shell scripts')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (type: string | undefined, flags: Flags) => {
      if (flags.shellLibrary === true) context.print(`${packageFolder()}/templates/waymark.sh`);
      else if (flags.check === true)
        check(context, await readEmitFields(context, type, flags), flags);
      else await send(context, await readEmitFields(context, type, flags), flags);
    });
};

function check(
  context: CommandContext,
  given: Awaited<ReturnType<typeof readEmitFields>>,
  { json }: Flags,
): void {
  const event = validateEvent(context, given);
  if (json === true) context.printJson({ valid: true, type: event.event_type });
  else context.print(`Valid ${event.event_type} event.`);
}

async function send(
  context: CommandContext,
  given: Awaited<ReturnType<typeof readEmitFields>>,
  flags: Flags,
): Promise<void> {
  const { json } = flags;
  const wanted = readQueuePriority(flags.queuePriority);
  const { event, queuePriority, hasWorker } = await sendEvent(
    context.actionContext(),
    given,
    wanted,
  );
  if (json === true)
    context.printJson({
      id: event.event_id,
      type: event.event_type,
      queuePriority,
      worker: hasWorker,
    });
  else context.print(event.event_id);
  if (!hasWorker)
    context.warn(
      `No worker is running and autostart is off; it waits in the queue. ${ERRORS.WORKER_ABSENT.remedy.split(';')[0]}.`,
    );
}
