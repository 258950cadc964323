import { createNoSessionError } from '../../query/find-session.ts';
import { type ResumeReport, readResume } from '../../query/resume.ts';
import { queryStore } from '../../query/store-view.ts';
import type { AddCommand } from '../command-context.ts';
import { hangText } from '../text/labels.ts';

interface ResumeFlags {
  readonly json?: boolean;
  readonly any?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark resume                     the latest session of this folder
  $ waymark resume 3ced9ec8            the beginning of an id is enough
  $ waymark resume --any               the latest session of all folders
  $ waymark resume --json | jq .failures`;

/**
 * `waymark resume`: the text that Claude gets after a compaction, on resuming and after a crash.
 * Reads the store; needs no worker.
 */
export const addResume: AddCommand = (program, context) => {
  program
    .command('resume')
    .argument('[session]', 'an id, the beginning of one, or last', 'last')
    .option('--any', 'last means the latest session of all folders')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, flags: ResumeFlags) => {
      const report = await queryStore<ResumeReport | undefined>(
        context.folder(),
        undefined,
        (database) =>
          readResume(database, wanted, {
            scope: flags.any === true ? 'any' : context,
            environment: context.environment,
            command: context.ownCommand,
          }),
      );
      if (report === undefined) throw createNoSessionError(wanted);
      if (flags.json === true) context.printJson(report);
      else
        for (const line of (
          report.text ?? `Session ${report.session} has no work to resume.`
        ).split('\n'))
          for (const part of hangText(line, context.width)) context.print(part);
    });
};
