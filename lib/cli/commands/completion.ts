import { basename } from 'node:path';
import { Argument } from 'commander';
import { WaymarkError } from '../../core/errors.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { SHELLS, type Shell } from '../completion/request.ts';
import { SCRIPTS } from '../completion/scripts.ts';

const EXAMPLES = `
Examples:
  $ eval "$(waymark completion bash)"               in ~/.bashrc
  $ eval "$(waymark completion zsh)"                in ~/.zshrc, after compinit
  $ waymark completion fish > ~/.config/fish/completions/waymark.fish`;

/**
 * `waymark completion SHELL`: the script for it. What that script asks later, `--for`, is answered
 * without a command: see `entry.ts`.
 */
export const addCompletion: AddCommand = (program, context) => {
  program
    .command('completion')
    .addArgument(new Argument('[shell]', 'default: the shell that SHELL names').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell | undefined) => {
      context.stdout.write(SCRIPTS[shell ?? usualShell(context)]);
    });
};

function usualShell({ environment }: CommandContext): Shell {
  const name = basename(environment['SHELL'] ?? '');
  const found = SHELLS.find((shell) => shell === name);
  if (found !== undefined) return found;
  throw new WaymarkError(
    'USAGE',
    'Cannot choose a script: SHELL names none of bash, zsh and fish',
    {
      remedy: 'Name it, such as `waymark completion bash`.',
    },
  );
}
