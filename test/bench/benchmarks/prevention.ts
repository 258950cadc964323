import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FAILING,
  failingPattern,
  PATTERN_ID,
  shapeOf,
  writeFailureView,
} from '../../support/known-failure.ts';
import { type BenchHome, benchHome, installHooks } from '../bench-home.ts';
import type { Bench, Benchmark, Goal, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import type { ProcessTimer, TimedRun } from '../process-timer.ts';
import { SESSION, writeCommandPayload } from '../sample-payload.ts';
import { baselines, drainBaseline, type TimedVariant, timeVariants } from '../timed-variants.ts';

const SMALL = 4_096;
const LARGE = 1_048_576;
const MANY = 1_000_000;

const HARMLESS = 'npm test';

/** Names that one file may have: less than ext4 allows. */
const MAX_LINKS = 50_000;

interface Variant extends TimedVariant {
  readonly home: BenchHome;
  readonly isWarning: boolean;
}

/** What it costs to look whether a coming command is known to fail. */
export const prevention: Benchmark = {
  name: 'prevention',
  title: 'What looking up a coming command costs',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  const many = bench.quick ? MANY / 10 : MANY;
  const [nothing, few, full] = [knowing(bench, 0), knowing(bench, 10), knowing(bench, many)];
  const ofDrain = (atMost: number): readonly Goal[] => [{ cell: 'CPU x drain', atMost }];
  const payload = writeCommandPayload(nothing, HARMLESS, SMALL);
  const variants = [
    ...baselines(nothing, payload),
    drainBaseline(nothing, payload),
    variant('nothing known, 4 KB', nothing, HARMLESS, SMALL, ofDrain(1.15)),
    variant('nothing known, 1 MB', nothing, HARMLESS, LARGE, []),
    variant('500 needles, no match, 4 KB', full, HARMLESS, SMALL, ofDrain(2)),
    variant('500 needles, no match, 1 MB', full, HARMLESS, LARGE, []),
    variant(TEN, few, FAILING, SMALL, []),
    variant(`warning, among ${many.toLocaleString('en')} patterns`, full, FAILING, SMALL, [
      { cell: 'CPU x ten', atMost: 1.1 },
    ]),
  ];
  const rows = await timeVariants(bench, variants, runOnce);
  const ten = rows.find(({ what }) => what === TEN)?.cells['CPU ms'] ?? Number.NaN;
  return rows.map((row) =>
    row.what.startsWith('warning')
      ? { ...row, cells: { ...row.cells, 'CPU x ten': (row.cells['CPU ms'] ?? Number.NaN) / ten } }
      : row,
  );
}

const TEN = 'warning, among 10 patterns';

function variant(
  what: string,
  home: BenchHome,
  command: string,
  bytes: number,
  goals: readonly Goal[],
): Variant {
  const own = {
    ...home.environment,
    WAYMARK_AUTOSTART: '0',
    CLAUDE_PROJECT_DIR: home.project,
    CLAUDE_CODE_SESSION_ID: SESSION,
  };
  return {
    what,
    home,
    isWarning: command === FAILING,
    command: [`${home.folder.bin}/prevent-failure`],
    environment: childEnvironment(own),
    payload: writeCommandPayload(home, command, bytes),
    goals,
  };
}

/** Times one call and looks that it warned, or did not; what was said is forgotten. */
async function runOnce(timer: ProcessTimer, variant: Variant | TimedVariant): Promise<TimedRun> {
  const measured = await timer.time(variant);
  if (!('isWarning' in variant)) return measured;
  const mark = `${variant.home.folder.throttle}/${SESSION}/said-${PATTERN_ID}`;
  const hasWarned = statSync(mark, { throwIfNoEntry: false }) !== undefined;
  if (hasWarned !== variant.isWarning)
    throw new Error(
      `${variant.what} did not do its work: ${hasWarned ? 'it warned' : 'no warning'}`,
    );
  rmSync(mark, { force: true });
  return measured;
}

/**
 * A home with installed hooks, a transcript, 500 needles, and `count` patterns of which one is
 * about the failing command.
 */
function knowing(bench: Bench, count: number): BenchHome {
  const home = benchHome(bench);
  installHooks(bench, home);
  writeFileSync(join(home.root, 'transcript.jsonl'), transcript());
  if (count === 0) return home;
  const failures = `${home.folder.views}/failures`;
  const shape = shapeOf('Bash', FAILING);
  mkdirSync(failures, { recursive: true, mode: 0o700 });
  const needles = Array.from({ length: 499 }, (_, n) => `program${n} subcommand${n}\n`);
  writeFileSync(`${failures}/needles`, `${needles.join('')}${shape.needle}\n`);
  bench.say(`making ${count} views`);
  fill(
    failures,
    count - 1,
    readFileSync(writeFailureView(home.folder.views, shape, [failingPattern()]), 'utf8'),
  );
  return home;
}

/**
 * Views under as many names. They share their content: a lookup meets the folders, and reads one
 * file.
 */
function fill(failures: string, count: number, view: string): void {
  for (let byte = 0; byte < 256; byte += 1)
    mkdirSync(`${failures}/${byte.toString(16).padStart(2, '0')}`, { recursive: true });
  let content = '';
  for (let index = 0; index < count; index += 1) {
    const key = `${(index % 256).toString(16).padStart(2, '0')}${index.toString(16).padStart(14, '0')}`;
    const file = `${failures}/${key.slice(0, 2)}/${key}.json`;
    if (index % MAX_LINKS === 0) {
      content = file;
      writeFileSync(file, view);
    } else linkSync(content, file);
  }
}

/** Some 200 KB, as after an hour's work: nothing in it is about the failing command. */
function transcript(): string {
  const at = new Date(Date.now() - 60_000).toISOString();
  const lines = Array.from({ length: 200 }, (_, n) => {
    const id = `toolu_${n}`;
    const use = {
      type: 'assistant',
      timestamp: at,
      message: {
        role: 'assistant',
        content: [{ type: 'tool_use', id, name: 'Bash', input: { command: `git show ${n}` } }],
      },
    };
    const result = {
      type: 'user',
      timestamp: at,
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: id, content: 'x'.repeat(600) }],
      },
    };
    return `${JSON.stringify(use)}\n${JSON.stringify(result)}\n`;
  });
  return lines.join('');
}
