import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUserHandlers } from '../../../lib/delivery/handlers/user-handlers.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { median, shuffled } from '../statistics.ts';
import { testEvent } from '../../support/test-event.ts';

/**
 * Deliveries to a program of the user's, beside the least that such a thing can cost: a process.
 */
export const handlers: Benchmark = {
  name: 'handlers',
  title: 'How many events per second a shell handler gets',
  run,
};

interface Variant {
  readonly what: string;
  once(): Promise<unknown>;
  readonly rates: number[];
  readonly cpu: number[];
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
  bench.onEnd(() => rmSync(home, { recursive: true, force: true }));
  const deliver = openHandler(bench, home);
  const rows: Row[] = [];
  for (const concurrency of [1, 4]) {
    const variants: readonly Variant[] = [
      { what: `sh -c true, ${concurrency} at once`, once: bareStart, rates: [], cpu: [] },
      {
        what: `delivery to a shell handler, ${concurrency} at once`,
        once: deliver,
        rates: [],
        cpu: [],
      },
    ];
    for (let round = 0; round < (bench.quick ? 3 : 15); round += 1)
      for (const variant of shuffled(variants, bench.random))
        await measure(variant, bench.quick ? 20 : 60, concurrency);
    rows.push(...rowsOf(variants));
  }
  return rows;
}

function openHandler(bench: Bench, home: string): () => Promise<unknown> {
  const path = `${home}/handlers/it.sh`;
  mkdirSync(`${home}/handlers`);
  writeFileSync(path, '#!/bin/sh\n# waymark: on session.*\nexit 0\n');
  chmodSync(path, 0o755);
  const parts = {
    home,
    environment: process.env,
    clock: Date.now,
    log: () => undefined,
    runner: '',
    api: '',
    emit: () => '',
  };
  const opened = openUserHandlers(parts);
  bench.onEnd(() => opened.close());
  const event = testEvent();
  return async () => {
    const result = await opened
      .source()[0]
      ?.deliver({ event, attempt: 1, signal: AbortSignal.timeout(60_000) });
    if (result?.state !== 'done')
      throw new Error(`the handler is not done: ${JSON.stringify(result)}`);
  };
}

function bareStart(): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn('sh', ['-c', 'true'], { stdio: 'ignore' })
      .on('exit', () => resolve())
      .on('error', reject);
  });
}

async function measure(
  { once, rates, cpu }: Variant,
  count: number,
  concurrency: number,
): Promise<void> {
  let left = count;
  const [began, before] = [performance.now(), process.cpuUsage()];
  const work = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const used = process.cpuUsage(before);
  rates.push((count * 1_000) / (performance.now() - began));
  cpu.push((used.user + used.system) / 1_000 / count);
}

function rowsOf(variants: readonly Variant[]): readonly Row[] {
  const bare = variants[0]?.rates ?? [];
  return variants.map(({ what, rates, cpu }, index) => {
    const share = median(rates.map((rate, round) => rate / (bare[round] ?? Number.NaN)));
    const goals = index === 0 ? {} : { goals: [{ cell: 'x bare start', atLeast: 0.5 }] };
    return {
      what,
      cells: {
        'per second': median(rates),
        'x bare start': share,
        "worker's CPU ms each": median(cpu),
      },
      ...goals,
    };
  });
}
