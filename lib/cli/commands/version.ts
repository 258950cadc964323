import { packageVersion } from '../../core/package-folder.ts';
import type { AddCommand } from '../command-context.ts';

const EXAMPLES = `
Examples:
  $ waymark version
  $ waymark version --json             with Node and platform`;

/**
 * `waymark version`. Without an option the entry answers it, as it does `-v`, `-V` and `--version`.
 */
export const addVersion: AddCommand = (program, { print, printJson }) => {
  program
    .command('version')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { readonly json?: boolean }) => {
      const version = packageVersion();
      if (json !== true) print(version);
      else
        printJson({
          version,
          node: process.versions.node,
          platform: `${process.platform}-${process.arch}`,
        });
    });
};
