import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { TranscriptLines } from './client-folder.ts';
import { recordedInput, runHookFile } from './run-hook.ts';

const run = promisify(execFile);
const PROGRAM = 'dist/waymark.cjs';

/** A person's machine: a home, a state folder, a project, and the built program. */
export interface TeamLaptop {
  readonly person: string;
  readonly project: string;
  /** Its state folder. */
  readonly home: string;
  /** Runs a command. @throws what it said when it failed. */
  readonly waymark: (...args: readonly string[]) => Promise<string>;
  /** Calls a hook as the client does. @returns what it printed. */
  readonly hook: (
    name: string,
    recorded: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => Promise<string>;
  /** A command of Claude that failed, or went well. */
  readonly call: (outcome: 'failed' | 'ok', command: string, error?: string) => Promise<void>;
  /** The end of the turn: the worker reads the transcript. */
  readonly stops: () => Promise<void>;
  readonly startWorker: () => void;
  /** Ends the worker as a crash does. */
  readonly killWorker: () => Promise<void>;
  /** What of earlier failures hooks look for. */
  readonly needles: () => string;
}

let calls = 0;

/**
 * @param root An empty folder of its own.
 * @param within The words before a command and a worker, such as those that give it a network.
 */
export function teamLaptop(
  root: string,
  person: string,
  within: readonly string[] = [],
): TeamLaptop {
  const [program = '', ...before] = [...within, process.execPath, PROGRAM];
  const project = `${root}/shop`;
  const home = `${root}/home/state`;
  for (const folder of ['home', 'runtime', 'shop']) mkdirSync(`${root}/${folder}`, { mode: 0o700 });
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: `${root}/home`,
    XDG_RUNTIME_DIR: `${root}/runtime`,
    WAYMARK_HOME: home,
    WAYMARK_AUTOSTART: '0',
  };
  const session = `session-of-${person}`;
  const transcript = `${root}/home/.claude/projects/shop/${session}.jsonl`;
  const hook: TeamLaptop['hook'] = async (name, recorded, fields = {}) => {
    const place = { session_id: session, transcript_path: transcript, cwd: project };
    const input = JSON.stringify({ ...recordedInput(recorded), ...place, ...fields });
    const { stdout } = await runHookFile(`dist/hooks/${name}.cjs`, input, {
      ...environment,
      CLAUDE_PROJECT_DIR: project,
    });
    return stdout;
  };
  let worker: ChildProcess | undefined;
  const needles = `${home}/views/failures/needles`;
  return {
    ...{ person, project, home, hook },
    waymark: async (...args) => {
      const { stdout } = await run(program, [...before, ...args], {
        ...{ env: environment, encoding: 'utf8' },
      });
      return stdout;
    },
    call: async (outcome, command, error) => {
      calls += 1;
      const id = `toolu_${person}_${calls}`;
      const fields = { tool_use_id: id, tool_input: { command } };
      mkdirSync(dirname(transcript), { recursive: true });
      const { lines } = new TranscriptLines(session, Date.now(), project).runs(id, command, error);
      const timestamp = new Date().toISOString();
      const text = lines
        .map((line) => `${JSON.stringify({ ...JSON.parse(line), timestamp })}\n`)
        .join('');
      appendFileSync(transcript, text);
      if (outcome === 'failed')
        await hook('post-tool-use-failure', 'PostToolUseFailure', { ...fields, error });
      else await hook('post-tool-use', 'PostToolUse.Bash', fields);
    },
    stops: async () => void (await hook('stop', 'Stop')),
    startWorker: () => {
      worker = spawn(program, [...before, 'worker'], { stdio: 'ignore', env: environment });
    },
    killWorker: async () => {
      const ended = worker;
      worker = undefined;
      if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
      const exit = new Promise((resolve) => ended.once('exit', resolve));
      ended.kill('SIGKILL');
      await exit;
    },
    needles: () => (existsSync(needles) ? readFileSync(needles, 'utf8') : ''),
  };
}
