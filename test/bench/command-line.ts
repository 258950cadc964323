import { parseArgs } from 'node:util';

export interface Flags {
  /** Names of the benchmarks to run; none = all. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly out: string | undefined;
  /** A report to show instead of measuring. */
  readonly from: string | undefined;
  readonly writeDocs: boolean;
  /** Where the throw-away homes are made. */
  readonly dir: string | undefined;
  readonly help: boolean;
}

export const USAGE = `Measures waymark: npm run bench -- [options]

  --only NAME    one benchmark (may be given again): NAMES
  --quick        fewer rounds, to see that all works; not to be quoted
  --smoke        the same for the benchmarks that need nothing but waymark
  --dir FOLDER   where the throw-away homes are made; the temporary folder by default
  --out FILE     write the results as JSON
  --from FILE    show the results in FILE instead of measuring
  --write-docs   put the results into docs/performance.md
`;

/**
 * Hooks, the worker and what lies between, without other queues, other Node versions or the client.
 */
const SMOKE = ['hooks', 'prevention', 'latency', 'event-log'];

/** @throws for an unknown option. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean' },
      smoke: { type: 'boolean' },
      dir: { type: 'string' },
      out: { type: 'string' },
      from: { type: 'string' },
      'write-docs': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const { only = [], quick = false, smoke = false, dir, out, from, help = false } = values;
  return {
    only: smoke && only.length === 0 ? SMOKE : only,
    quick: quick || smoke,
    dir,
    out,
    from,
    writeDocs: values['write-docs'] ?? false,
    help,
  };
}
