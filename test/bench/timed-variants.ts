import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchHome } from './bench-home.ts';
import type { Bench, Goal, Row } from './benchmark.ts';
import { childEnvironment } from './children.ts';
import {
  openProcessTimer,
  type ProcessTimer,
  type TimedProgram,
  type TimedRun,
} from './process-timer.ts';
import { median, quantile, shuffled } from './statistics.ts';

/** A program that is timed again and again, and what its figures are to keep to. */
export interface TimedVariant extends TimedProgram {
  readonly what: string;
  readonly goals: readonly Goal[];
}

const FORK = 'fork of the timer alone';
const TRUE = '/bin/true';
const NODE = 'empty Node script';
const DRAIN = 'sh script that only drains its input';

/**
 * What any process costs, and what any Node script costs. {@link timeVariants} compares with both.
 */
export function baselines(home: BenchHome, payload: string): readonly TimedVariant[] {
  const [empty, sh] = [join(home.root, 'empty.cjs'), join(home.root, 'true.sh')];
  writeFileSync(empty, '');
  writeFileSync(sh, '#!/bin/sh\ntrue\n', { mode: 0o755 });
  const common = { environment: childEnvironment(home.environment), payload, goals: [] } as const;
  return [
    { ...common, what: FORK, command: [] },
    { ...common, what: TRUE, command: ['/bin/true'] },
    { ...common, what: 'sh script that says true', command: [sh] },
    { ...common, what: NODE, command: [process.execPath, empty] },
  ];
}

/** The least that a shell script costs which reads its input to the end, as a hook must. */
export function drainBaseline(home: BenchHome, payload: string): TimedVariant {
  const script = join(home.root, 'drain.sh');
  writeFileSync(script, '#!/bin/sh\nexec cat >/dev/null\n', { mode: 0o755 });
  const environment = childEnvironment(home.environment);
  return { what: DRAIN, command: [script], environment, payload, goals: [] };
}

/**
 * Times all variants, round by round in random order, and compares them. `runOnce` times one of
 * them and looks that it did its work.
 */
export async function timeVariants<V extends TimedVariant>(
  bench: Bench,
  variants: readonly V[],
  runOnce: (timer: ProcessTimer, variant: V) => Promise<TimedRun>,
): Promise<readonly Row[]> {
  const timer = openProcessTimer();
  bench.onEnd(() => timer.close());
  const rounds = bench.quick ? 9 : 41;
  const runs = new Map<V, TimedRun[]>(variants.map((variant) => [variant, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const variant of shuffled(variants, bench.random)) {
      const measured = await runOnce(timer, variant);
      // the first round fills the caches of the file system
      if (round >= 0) runs.get(variant)?.push(measured);
    }
  }
  return rowsOf(runs);
}

/** The fork of the timer is no part of what is measured: it is taken off every figure. */
function rowsOf(runs: ReadonlyMap<TimedVariant, readonly TimedRun[]>): readonly Row[] {
  const raw = [...runs].map(([variant, measured]) => {
    const walls = measured.map(({ wallMs }) => wallMs);
    return {
      variant,
      wall: median(walls),
      p10: quantile(walls, 0.1),
      cpu: median(measured.map(({ cpuMs }) => cpuMs)),
    };
  });
  const fork = raw.find(({ variant }) => variant.what === FORK);
  if (fork === undefined) return [];
  const net = raw
    .filter((figures) => figures !== fork)
    .map(({ variant, wall, p10, cpu }) => ({
      variant,
      wall: wall - fork.wall,
      p10: p10 - fork.p10,
      cpu: cpu - fork.cpu,
    }));
  const [node, least] = [NODE, TRUE].map((what) =>
    net.find(({ variant }) => variant.what === what),
  );
  if (node === undefined || least === undefined) return [];
  const drain = net.find(({ variant }) => variant.what === DRAIN);
  const rows = net.map(({ variant, wall, p10, cpu }) => ({
    what: variant.what,
    cells: {
      'wall ms': wall,
      'wall p10 ms': p10,
      'CPU ms': cpu,
      'wall x Node': wall / node.wall,
      'p10 x Node': p10 / node.p10,
      'CPU x Node': cpu / node.cpu,
      'p10 x true': p10 / least.p10,
      'CPU x true': cpu / least.cpu,
      ...(drain === undefined ? {} : { 'CPU x drain': cpu / drain.cpu }),
    },
    goals: variant.goals,
  }));
  return [
    ...rows,
    {
      what: `${FORK} (taken off)`,
      cells: { 'wall ms': fork.wall, 'wall p10 ms': fork.p10, 'CPU ms': fork.cpu },
    },
  ];
}
