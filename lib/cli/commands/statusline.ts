import { isatty } from 'node:tty';
import { showStatusLine } from '../../actions/show-status-line.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { AddCommand } from '../command-context.ts';

const EXAMPLES = `
Examples:
  $ waymark install --yes --status-line      Claude Code shows it from now on
  $ waymark statusline < input.json`;

/**
 * `waymark statusline`: what the installed status line prints; the client's JSON comes in on
 * standard input.
 */
export const addStatusline: AddCommand = (program, { environment, stdout }) => {
  program
    .command('statusline')
    .addHelpText('after', EXAMPLES)
    .action(() => {
      if (isatty(0)) {
        throw new WaymarkError(
          'USAGE',
          'Cannot draw the status line: standard input is a terminal',
          {
            remedy: 'Claude Code runs this; `waymark install --yes --status-line` sets it up.',
          },
        );
      }
      stdout.write(showStatusLine({ environment }));
    });
};
