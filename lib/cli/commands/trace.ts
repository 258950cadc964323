import { createNoSessionError } from '../../query/find-session.ts';
import { queryStore } from '../../query/store-view.ts';
import { readTrace } from '../../query/trace/read-trace.ts';
import type { TraceNode } from '../../query/trace/trace-node.ts';
import { formatTrace } from '../text/trace-text.ts';
import type { AddCommand } from '../command-context.ts';

interface TraceFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly any?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark trace last                 the latest session of this folder
  $ waymark trace toolu_01AbC          a call: what led to it, what followed
  $ waymark trace evt_2026…            an event, and what its handlers did
  $ waymark trace last --json | jq '.. | select(.outcome? == "failed")'`;

/** `waymark trace ID`: the chain that something belongs to. */
export const addTrace: AddCommand = (program, context) => {
  program
    .command('trace')
    .argument('[id]', 'an id of any of these, the beginning of one, or last', 'last')
    .option('--any', 'last means the latest session of all folders')
    .option('--json', 'print one JSON object: the tree')
    .option('--all', 'show everything')
    .addHelpText('after', EXAMPLES)
    .action(async (wanted: string, flags: TraceFlags) => {
      const tree = await queryStore<TraceNode | undefined>(
        context.folder(),
        undefined,
        (database) => readTrace(database, wanted, flags.any === true ? 'any' : context),
      );
      if (tree === undefined) throw createNoSessionError(wanted);
      if (flags.json === true) {
        context.printJson(tree);
        return;
      }
      const { paint, clock, width } = context;
      for (const line of formatTrace(tree, { paint, now: clock(), all: flags.all === true, width }))
        context.print(line);
    });
};
