import { benchHome } from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import { baselines, type TimedVariant, timeVariants } from '../timed-variants.ts';

/** What a person waits for before a command begins. */
export const startUp: Benchmark = {
  name: 'start-up',
  title: 'How long commands take to start',
  run,
};

/** The file that a command gets as standard input. */
const NOTHING = '/dev/null';

/** Command lines, and how many starts of Node they may take; without a bound where the store is read. */
const COMMANDS: ReadonlyArray<readonly [line: string, atMost?: number]> = [
  ['--version', 1.2],
  ['--help', 1.2],
  ['status --help', 1.2],
  ['config path', 1.5],
  ['config checkpointInterval', 1.5],
  ['webhooks list', 1.5],
  ['log', 1.5],
  ['sessions'],
  ['status'],
  ['dead list'],
];

function run(bench: Bench): Promise<readonly Row[]> {
  const home = benchHome(bench);
  const environment = childEnvironment(home.environment);
  const program = `${bench.packageFolder}/dist/waymark.cjs`;
  const variants: readonly TimedVariant[] = [
    ...baselines(home, NOTHING),
    ...COMMANDS.map(([line, atMost]): TimedVariant => {
      const goals: readonly Goal[] = atMost === undefined ? [] : [{ cell: 'p10 x Node', atMost }];
      const command = [process.execPath, program, ...line.split(' ')];
      return { what: `waymark ${line}`, command, environment, payload: NOTHING, goals };
    }),
  ];
  return timeVariants(bench, variants, (timer, variant) => timer.time(variant));
}
