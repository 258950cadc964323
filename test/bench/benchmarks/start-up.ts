import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStoreForReading } from '../../../lib/store/open-store.ts';
import { type BenchHome, benchHome } from '../bench-home.ts';
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
/** The session that commands show. */
const SESSION = 'aaaa1111-0000-4000-8000-000000000001';

const DRIVER = 'script with the driver and one query';

const AT_ONCE: Goal = { cell: 'p10 x Node', atMost: 1.2 };
const WITHOUT_STORE: Goal = { cell: 'p10 x Node', atMost: 1.5 };
const WITH_STORE: Goal = { cell: 'p10 x driver', atMost: 1.3 };

/** Commands that are not timed here, and why. */
export const NOT_TIMED: Readonly<Record<string, string>> = {
  dashboard: 'serves until Ctrl+C',
  demo: 'plays for seconds',
  doctor: 'ends with 1 in a home without hooks',
  checkpoints: 'needs a work tree whose files were kept',
  diff: 'needs a work tree whose files were kept',
  history: 'needs a work tree whose files were kept',
  restore: 'needs a work tree whose files were kept',
};

/** Every other command. Those without a goal do their work, which takes what it takes. */
export const TIMED: ReadonlyArray<readonly [line: string, goal?: Goal]> = [
  ['--version', AT_ONCE],
  ['--help', AT_ONCE],
  ['status --help', AT_ONCE],
  ['help', AT_ONCE],
  ['help failures', AT_ONCE],
  ['completion bash', AT_ONCE],
  ['completion --for bash -- sta', AT_ONCE],
  ['version', WITHOUT_STORE],
  ['docs', WITHOUT_STORE],
  ['docs installing', WITHOUT_STORE],
  ['config', WITHOUT_STORE],
  ['config path', WITHOUT_STORE],
  ['config checkpointInterval', WITHOUT_STORE],
  ['webhooks list', WITHOUT_STORE],
  ['fleet', WITHOUT_STORE],
  ['store'],
  ['log', WITHOUT_STORE],
  ['statusline', WITHOUT_STORE],
  ['worker log', WITHOUT_STORE],
  ['emit a.b --check', WITHOUT_STORE],
  ['sessions', WITH_STORE],
  ['status', WITH_STORE],
  ['show --any', WITH_STORE],
  ['resume --any', WITH_STORE],
  ['events', WITH_STORE],
  ['trace --any', WITH_STORE],
  ['search npm', WITH_STORE],
  ['export --any', WITH_STORE],
  ['open last --any --dry-run', WITH_STORE],
  [`forget ${SESSION} --dry-run`, WITH_STORE],
  ['cost', WITH_STORE],
  ['budget', WITH_STORE],
  ['failures', WITH_STORE],
  ['report', WITH_STORE],
  ['report weekly'],
  ['routing', WITH_STORE],
  ['schedule', WITH_STORE],
  ['handlers', WITH_STORE],
  ['handlers stats', WITH_STORE],
  ['dead', WITH_STORE],
  ['auto-commit', WITH_STORE],
  ['clean --dry-run', WITH_STORE],
  ['mcp', WITH_STORE],
  ['service'],
  ['import --dry-run'],
  ['replay --type * --missing --dry-run'],
  ['emit a.b'],
  ['checkpoint --any'],
  ['dispatch'],
  ['worker --once'],
  ['worker stop'],
  ['install --yes --dry-run'],
  ['uninstall --yes --dry-run'],
];

async function run(bench: Bench): Promise<readonly Row[]> {
  const home = benchHome(bench);
  const environment = childEnvironment({ ...home.environment, WAYMARK_AUTOSTART: 'false' });
  const program = `${bench.packageFolder}/dist/waymark.cjs`;
  makeStore(program, home, environment);
  const script = writeDriverScript(bench, home);
  const common = { environment, payload: NOTHING } as const;
  const variants: readonly TimedVariant[] = [
    ...baselines(home, NOTHING),
    { ...common, what: DRIVER, command: [process.execPath, script], goals: [] },
    ...TIMED.map(([line, goal]): TimedVariant => {
      const command = [process.execPath, program, ...line.split(' ')];
      return {
        ...common,
        what: `waymark ${line}`,
        command,
        goals: goal === undefined ? [] : [goal],
      };
    }),
  ];
  const rows = await timeVariants(bench, variants, (timer, variant) => timer.time(variant));
  return comparedWithDriver(rows);
}

/** A session with a transcript, stored: the commands find a store, and `open` what it opens. */
function makeStore(program: string, home: BenchHome, env: Readonly<Record<string, string>>): void {
  const options = { env, cwd: home.project };
  const transcript = `${home.project}/${SESSION}.jsonl`;
  writeFileSync(transcript, '{}\n');
  const payload = { session_id: SESSION, project: home.project, transcript_path: transcript };
  const started = `emit session.started --payload ${JSON.stringify(payload)}`;
  for (const line of ['emit worker.started --source bench', started, 'worker --once'])
    execFileSync(process.execPath, [program, ...line.split(' ')], { ...options, stdio: 'ignore' });
  const store = openStoreForReading(home.folder.store, sqliteDriver());
  const stored = store?.prepare('SELECT count(*) AS n FROM events').get()?.['n'];
  store?.close();
  if (stored === undefined || stored === 0)
    throw new Error('Cannot time commands: no event is stored');
}

/** The least that a program costs which reads a store: the driver of this Node, and one query. */
function writeDriverScript(bench: Bench, home: BenchHome): string {
  const file = join(home.root, 'driver.cjs');
  const libsql = createRequire(`${bench.packageFolder}/package.json`).resolve('libsql');
  const open = hasOwnSqlite()
    ? "new (require('node:sqlite').DatabaseSync)"
    : `new (require(${JSON.stringify(libsql)}))`;
  const path = JSON.stringify(home.folder.store);
  writeFileSync(file, `${open}(${path}).prepare('SELECT count(*) AS n FROM events').all();\n`);
  return file;
}

function hasOwnSqlite(): boolean {
  const database = sqliteDriver()(':memory:');
  database.close();
  return database.driver === 'node:sqlite';
}

function comparedWithDriver(rows: readonly Row[]): readonly Row[] {
  const base = rows.find(({ what }) => what === DRIVER)?.cells ?? {};
  return rows.map((row) => ({
    ...row,
    cells: {
      ...row.cells,
      'p10 x driver':
        (row.cells['wall p10 ms'] ?? Number.NaN) / (base['wall p10 ms'] ?? Number.NaN),
      'CPU x driver': (row.cells['CPU ms'] ?? Number.NaN) / (base['CPU ms'] ?? Number.NaN),
    },
  }));
}
