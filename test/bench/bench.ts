import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isoTime } from '../../lib/core/clock.ts';
import type { Benchmark, Result } from './benchmark.ts';
import { client } from './benchmarks/client.ts';
import { day } from './benchmarks/day.ts';
import { eventLog } from './benchmarks/event-log.ts';
import { handlers } from './benchmarks/handlers.ts';
import { hooks } from './benchmarks/hooks.ts';
import { idle } from './benchmarks/idle.ts';
import { latency } from './benchmarks/latency.ts';
import { prevention } from './benchmarks/prevention.ts';
import { scale } from './benchmarks/scale.ts';
import { startUp } from './benchmarks/start-up.ts';
import { statusLine } from './benchmarks/status-line.ts';
import { throughput } from './benchmarks/throughput.ts';
import { transcripts } from './benchmarks/transcripts.ts';
import { readFlags, USAGE } from './command-line.ts';
import { EndActions } from './end-actions.ts';
import { describeMachine, momentOf } from './machine.ts';
import { copyPackage } from './package-copy.ts';
import { renderText } from './render.ts';
import { readReport, type Report, writeFigures, writeReport } from './report.ts';
import { runBenchmark } from './run-benchmark.ts';

// `npm run bench`: measures the built package and prints a table.
const ALL: readonly Benchmark[] = [
  hooks,
  prevention,
  statusLine,
  startUp,
  throughput,
  latency,
  idle,
  day,
  scale,
  handlers,
  eventLog,
  transcripts,
  client,
];
const NAMES = ALL.map(({ name }) => name).join(', ');
const DOCUMENT = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

const flags = readFlags(process.argv.slice(2));
if (flags.dir !== undefined) {
  mkdirSync(flags.dir, { recursive: true });
  process.env['TMPDIR'] = flags.dir;
}
const unknown = flags.only.filter((name) => !ALL.some((benchmark) => benchmark.name === name));
if (flags.help || unknown.length > 0) {
  const problem = unknown.length === 0 ? '' : `No such benchmark: ${unknown.join(', ')}\n\n`;
  process.stderr.write(problem + USAGE.replace('NAMES', NAMES));
  process.exitCode = flags.help ? 0 : 2;
} else {
  const report =
    flags.from === undefined ? await measure(flags.only, flags.quick) : readReport(flags.from);
  process.stdout.write(renderText(report));
  if (flags.out !== undefined) writeReport(flags.out, report);
  // A table that lacks rows must not replace a whole one, nor pass for one.
  if (report.results.some(({ skipped }) => skipped.length > 0)) process.exitCode = 1;
  if (flags.writeDocs && process.exitCode === undefined) writeFigures(DOCUMENT, report);
}

async function measure(only: readonly string[], quick: boolean): Promise<Report> {
  const at = isoTime(Date.now());
  const [began, first] = [performance.now(), momentOf()];
  const ends = new EndActions();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void ends.run().then(() => process.exit(130)));
  const built = copyPackage();
  try {
    const results: Result[] = [];
    for (const benchmark of ALL.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const say = (text: string): void => void process.stderr.write(`${text}\n`);
      try {
        results.push(
          await runBenchmark(benchmark, { quick, built, random: Math.random, say, ends }),
        );
      } catch (error) {
        // The figures of the others took minutes to measure; the failure is in the exit status.
        say(`${benchmark.name} failed: ${error instanceof Error ? error.stack : String(error)}`);
        process.exitCode = 1;
      }
    }
    return {
      format: 1,
      at,
      seconds: Math.round((performance.now() - began) / 1000),
      quick,
      machine: describeMachine([first, momentOf()]),
      results,
    };
  } finally {
    built.remove();
  }
}
