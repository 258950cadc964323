import type { Bench, Benchmark, Result } from './benchmark.ts';
import type { Built } from './package-copy.ts';
import type { EndActions } from './end-actions.ts';

export interface RunOptions {
  readonly quick: boolean;
  readonly built: Built;
  readonly random: () => number;
  /** Progress, for people. */
  readonly say: (text: string) => void;
  readonly ends: EndActions;
}

/** Runs one benchmark; its processes and folders are gone when this resolves, whatever happens. */
export async function runBenchmark(
  benchmark: Benchmark,
  { quick, built, random, say, ends }: RunOptions,
): Promise<Result> {
  const began = performance.now();
  const skipped: string[] = [];
  const bench: Bench = {
    quick,
    packageFolder: built.packageFolder,
    programs: built.programs,
    random,
    onEnd: (action) => ends.add(action),
    say: (text) => say(`${benchmark.name}: ${text}`),
    skip: (reason) => skipped.push(reason),
  };
  try {
    const rows = await benchmark.run(bench);
    return {
      benchmark: benchmark.name,
      title: benchmark.title,
      seconds: Math.round((performance.now() - began) / 1000),
      rows,
      skipped,
    };
  } finally {
    await ends.run();
  }
}
