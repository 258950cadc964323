import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ApiRequest } from '../../support/claude-client/messages-api.ts';
import { runClient } from '../../support/claude-client/run-client.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { type BenchHome, benchHome, installHooks } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import { median, quantile, shuffled } from '../statistics.ts';

const CALLS = 9;

const NONE = 'no hooks';
const SHELL = 'sh hooks that say true';
const OURS = 'waymark';

/**
 * What the hooks add to a turn of the real client, whose model is a script that answers at once.
 */
export const client: Benchmark = {
  name: 'client',
  title: 'What hooks add to a tool call under the real client',
  run,
};

async function run(bench: Bench): Promise<readonly Row[]> {
  const binary = cachedClient();
  if (binary === undefined) {
    bench.skip('no client in the cache; run node test/e2e/client/install-client.mjs first');
    return [];
  }
  const variants = [NONE, SHELL, OURS].map((what) => ({ what, home: preparedHome(bench, what) }));
  const gaps = new Map<string, number[]>(variants.map(({ what }) => [what, []]));
  for (let round = 0; round < (bench.quick ? 1 : 4); round += 1) {
    for (const { what, home } of shuffled(variants, bench.random)) {
      bench.say(what);
      gaps.get(what)?.push(...(await gapsOfSession(binary, home)));
    }
  }
  return rowsOf(gaps);
}

/** The client's newest version that is in the cache. */
function cachedClient(): string | undefined {
  const cache =
    process.env['WAYMARK_CLIENT_CACHE'] ||
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'waymark', 'claude-client');
  const scope = (version: string): string => join(cache, version, 'node_modules/@anthropic-ai');
  const found = namesIn(cache).flatMap((version) =>
    namesIn(scope(version))
      .filter((name) => name.startsWith(`claude-code-${process.platform}-`))
      .map((name) => join(scope(version), name, 'claude')),
  );
  return found.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile()).at(-1);
}

function preparedHome(bench: Bench, what: string): BenchHome {
  const home = benchHome(bench);
  if (what === NONE) return home;
  installHooks(bench, home);
  bench.onEnd(() => {
    execFileSync(process.execPath, [`${bench.packageFolder}/dist/waymark.cjs`, 'worker', 'stop'], {
      env: childEnvironment(home.environment),
      stdio: 'ignore',
    });
  });
  if (what === SHELL) replaceCommands(home);
  return home;
}

/** The same hooks for the same events, with nothing in them. */
function replaceCommands(home: BenchHome): void {
  const script = join(home.root, 'true.sh');
  writeFileSync(script, '#!/bin/sh\ntrue\n', { mode: 0o755 });
  const file = join(home.project, '.claude/settings.json');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      /"command":\s*"[^"]*"/g,
      `"command": ${JSON.stringify(script)}`,
    ),
  );
}

/**
 * Time from one request of the client's to the next: a Bash call that does nothing, its hooks, and
 * the client's own work.
 */
async function gapsOfSession(binary: string, home: BenchHome): Promise<readonly number[]> {
  const turn = calls(['Bash', { command: 'true', description: 'Pass' }]);
  const script = { turns: [...Array.from({ length: CALLS }, () => turn), says('Done.')] };
  const { WAYMARK_HOME, XDG_RUNTIME_DIR } = home.environment;
  const session = await runClient({
    binary,
    project: home.project,
    home: join(home.root, 'home'),
    script,
    prompt: 'Pass',
    env: { WAYMARK_HOME, XDG_RUNTIME_DIR },
    timeoutMs: 60_000,
  });
  if (session.exitCode !== 0) throw new Error(`The client failed: ${session.stderr.slice(0, 500)}`);
  const times = session.requests
    .filter(({ lane }) => lane === 'main')
    .map(({ at }: ApiRequest) => at);
  if (times.length !== CALLS + 1)
    throw new Error(`The client made ${times.length} requests instead of ${CALLS + 1}`);
  // the first call pays for the start of everything
  return times.slice(2).map((at, index) => at - (times[index + 1] ?? Number.NaN));
}

function rowsOf(gaps: ReadonlyMap<string, readonly number[]>): readonly Row[] {
  const middle = (what: string): number => median(gaps.get(what) ?? []);
  const shell = middle(SHELL) - middle(NONE);
  return [...gaps].map(([what, seen]) => ({
    what,
    cells: {
      'ms per call': middle(what),
      'p10 ms': quantile(seen, 0.1),
      'added ms': middle(what) - middle(NONE),
      ...(what === NONE ? {} : { 'added x sh': (middle(what) - middle(NONE)) / shell }),
      samples: seen.length,
    },
  }));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // nothing was ever installed there
  }
}
