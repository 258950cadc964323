import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../core/package-folder.ts';
import { quantile } from '../core/quantile.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { SAMPLE_PREFIX } from '../events/sample.ts';
import { readWiredHooks, type WiredHook } from '../query/doctor/wired-hooks.ts';
import { loadRecording, RECORDINGS } from './demo/recording.ts';
import { createProofPayload } from './proof-payload.ts';
import { type HookRun, runHookCommand } from './run-hook-command.ts';

/** What one of our hooks takes. Field names are a contract. */
export interface TimedHook {
  readonly event: string;
  readonly name: string;
  readonly medianMs: number;
  /** How many times as long as an empty Node start. */
  readonly timesNode: number;
  /** Why it did not run as it should; `null` when it did. */
  readonly problem: string | null;
}

export interface HookTimes {
  readonly file: string;
  readonly rounds: number;
  /** Median of `node -e ''`, started in turn with the hooks. */
  readonly nodeMs: number;
  readonly hooks: readonly TimedHook[];
}

export interface TimingParts {
  readonly settings: string;
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly rounds: number;
}

const HOOK_TIME_MS = 10_000;
const SESSION = `${SAMPLE_PREFIX}time`;

/**
 * Runs each of our hooks that a settings file names, in turn with an empty Node start, in a state
 * folder of their own that is removed afterwards.
 * @throws {@link WaymarkError} SETTINGS_INVALID; the errno when the file cannot be read.
 */
export async function timeHooks(parts: TimingParts): Promise<HookTimes> {
  const { settings, folder, rounds } = parts;
  const { hooks } = readWiredHooks(settings, folder);
  const root = mkdtempSync(join(tmpdir(), 'waymark-times-'));
  try {
    const start = starter(root, parts);
    const node: number[] = [];
    const runs = hooks.map((): HookRun[] => []);
    for (let round = 0; round < rounds; round += 1) {
      node.push((await start({ command: process.execPath, args: ['-e', ''], input: {} })).ms);
      for (const [index, hook] of hooks.entries())
        runs[index]?.push(await start({ ...hook, input: payloadOf(hook, root) }));
    }
    const nodeMs = medianOf(node);
    const timed = hooks.map((hook, index) => timedHook(hook, runs[index] ?? [], nodeMs));
    return { file: settings, rounds, nodeMs, hooks: timed };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

type Start = (what: {
  readonly command: string;
  readonly args: readonly string[];
  readonly input: unknown;
}) => Promise<HookRun>;

/**
 * Starts programs as the client does, with everything that they write in the folder of the test.
 */
function starter(root: string, { environment }: TimingParts): Start {
  const home = `${root}/state`;
  mkdirSync(home, { mode: 0o700 });
  const own = {
    ...{ WAYMARK_HOME: home, WAYMARK_AUTOSTART: 'false', XDG_RUNTIME_DIR: root, TMPDIR: root },
    ...{ CLAUDE_PROJECT_DIR: root, CLAUDE_CODE_SESSION_ID: SESSION, CLAUDECODE: '1' },
    ...{ WAYMARK_WORKER: undefined, WAYMARK_DISABLE: undefined },
  };
  return ({ command, args, input }) =>
    runHookCommand({
      ...{ command, args, input, cwd: root, timeoutMs: HOOK_TIME_MS },
      environment: { ...environment, ...own },
    });
}

/** As it was recorded from the real client; for an event that was not, as short as one can be. */
function payloadOf({ event }: WiredHook, root: string): unknown {
  const fillings = {
    ...{ PROJECT: root, SESSION, TRANSCRIPT: `${root}/t.jsonl`, TRANSCRIPTS: root },
  };
  const templates = `${packageFolder()}/templates`;
  const recorded = RECORDINGS.flatMap(
    (name) => loadRecording(templates, name, fillings).payloads,
  ).find((payload) => payload.event === event);
  return recorded?.input ?? createProofPayload(event, SESSION, root);
}

function timedHook(
  { event, name }: WiredHook,
  runs: readonly HookRun[],
  nodeMs: number,
): TimedHook {
  const medianMs = medianOf(runs.map(({ ms }) => ms));
  const failed = runs.find(({ status, problem }) => problem !== undefined || status !== 0);
  const problem =
    failed === undefined ? null : (failed.problem ?? `exit status ${failed.status ?? 'none'}`);
  return { event, name, medianMs, timesNode: nodeMs === 0 ? 0 : medianMs / nodeMs, problem };
}

function medianOf(values: readonly number[]): number {
  return (
    quantile(
      values.toSorted((one, other) => one - other),
      0.5,
    ) ?? 0
  );
}
