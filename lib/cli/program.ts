import { Command } from 'commander';
import { packageVersion } from '../core/package-folder.ts';
import type { AddCommand, CommandContext } from './command-context.ts';
import { addCheckpoint } from './commands/checkpoint.ts';
import { addConfig } from './commands/config.ts';
import { addDead } from './commands/dead.ts';
import { addDemo } from './commands/demo.ts';
import { addDispatch } from './commands/dispatch.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEmit } from './commands/emit.ts';
import { addEvents } from './commands/events.ts';
import { addFailures } from './commands/failures.ts';
import { addLog } from './commands/log.ts';
import { addReplay } from './commands/replay.ts';
import { addHandlers } from './commands/handlers.ts';
import { addResume } from './commands/resume.ts';
import { addRouting } from './commands/routing.ts';
import { addSchedule } from './commands/schedule.ts';
import { addSessions } from './commands/sessions.ts';
import { addShow } from './commands/show.ts';
import { addStatus } from './commands/status.ts';
import { addStatusline } from './commands/statusline.ts';
import { addTrace } from './commands/trace.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { addWorker } from './commands/worker.ts';

const COMMANDS: readonly AddCommand[] = [
  addStatus,
  addSessions,
  addShow,
  addResume,
  addEvents,
  addTrace,
  addEmit,
  addLog,
  addReplay,
  addFailures,
  addRouting,
  addCheckpoint,
  addSchedule,
  addWorker,
  addDispatch,
  addHandlers,
  addDead,
  addConfig,
  addDoctor,
  addDemo,
  addStatusline,
  addWebhooks,
];

/** The command line of `waymark`, which throws where commander would end the process. */
export function createProgram(context: CommandContext): Command {
  const { stdout, stderr } = context;
  const program = new Command('waymark')
    .description('Durable checkpoints and events for Claude Code')
    .version(packageVersion())
    .option('--no-color', 'plain text')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled. WAYMARK_HOME moves all state.\n',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => undefined,
    });
  for (const add of COMMANDS) add(program, context);
  return program;
}
