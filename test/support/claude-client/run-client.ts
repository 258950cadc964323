import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type JsonObject, parseJsonObject, stringField } from '../../../lib/core/json.ts';
import { clientEnvironment } from './client-environment.ts';
import { type ApiRequest, startMessagesApi } from './messages-api.ts';
import type { Script } from './script.ts';

/** One run of the real client. */
export interface ClientRun {
  /** The client's executable. */
  readonly binary: string;
  /** The folder it works in. */
  readonly project: string;
  /** A throw-away home; the client's own settings live in `.claude` below it. */
  readonly home: string;
  readonly script: Script;
  /**
   * What the user says: one prompt as `claude -p PROMPT`, or several, typed one after the other
   * into one session.
   */
  readonly prompt: string | readonly string[];
  /** Further arguments, such as `--resume ID`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After this time the client is ended. @defaultValue `120_000` */
  readonly timeoutMs?: number;
  /** Called for each line that the client prints, while it runs. */
  readonly onEvent?: (event: JsonObject) => void;
}

/** What became of it. */
export interface ClientOutcome {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** From the last result; `''` when there was none. */
  readonly sessionId: string;
  /** The last result line. */
  readonly result: JsonObject | undefined;
  readonly events: readonly JsonObject[];
  readonly requests: readonly ApiRequest[];
  readonly stderr: string;
}

const TOOLS = 'Write,Edit,Read,Bash,Agent,Task,TaskCreate,TaskUpdate,TaskList,TodoWrite';

/**
 * Runs the real client against a scripted model until it exits. Ends it, and it alone, when it
 * takes too long.
 */
export async function runClient(run: ClientRun): Promise<ClientOutcome> {
  mkdirSync(`${run.home}/.claude`, { recursive: true });
  const api = await startMessagesApi(run.script);
  try {
    const child = spawn(
      run.binary,
      [...promptArguments(run.prompt), ...OUTPUT, '--allowedTools', TOOLS, ...(run.args ?? [])],
      {
        cwd: run.project,
        env: clientEnvironment(process.env, run.home, api.url, run.env),
      },
    );
    const seen = await converse(child, typeof run.prompt === 'string' ? [] : run.prompt, run);
    return { ...seen, ...resultOf(seen.events), requests: api.requests };
  } finally {
    await api.close();
  }
}

const OUTPUT = ['--output-format', 'stream-json', '--verbose'];

function promptArguments(prompt: string | readonly string[]): readonly string[] {
  return typeof prompt === 'string' ? ['-p', prompt] : ['-p', '--input-format', 'stream-json'];
}

type Seen = Pick<ClientOutcome, 'exitCode' | 'timedOut' | 'events' | 'stderr'>;

/**
 * Types the prompts, each after the result of the one before, and closes the input after the last.
 */
async function converse(
  child: ChildProcessWithoutNullStreams,
  prompts: readonly string[],
  run: ClientRun,
): Promise<Seen> {
  const waiting = [...prompts];
  const events: JsonObject[] = [];
  let stderr = '';
  const typeNext = (): void => {
    const content = waiting.shift();
    if (content === undefined) child.stdin.end();
    else
      child.stdin.write(
        `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`,
      );
  };
  child.stdin.on('error', () => undefined); // a client that has gone needs no further prompt
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseJsonObject(line);
    if (event === undefined) return;
    events.push(event);
    run.onEvent?.(event);
    if (event['type'] === 'result') typeNext();
  });
  typeNext();
  const { exitCode, timedOut } = await exitOf(child, run.timeoutMs ?? 120_000);
  return { exitCode, timedOut, events, stderr };
}

async function exitOf(
  child: ChildProcessWithoutNullStreams,
  timeoutMs: number,
): Promise<Pick<Seen, 'exitCode' | 'timedOut'>> {
  let timedOut = false;
  const overdue = setTimeout(() => {
    timedOut = true;
    child.kill('SIGTERM');
  }, timeoutMs);
  const hopeless = setTimeout(() => child.kill('SIGKILL'), timeoutMs + 5_000);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    return { exitCode, timedOut };
  } finally {
    clearTimeout(overdue);
    clearTimeout(hopeless);
  }
}

function resultOf(events: readonly JsonObject[]): Pick<ClientOutcome, 'result' | 'sessionId'> {
  const result = events.findLast((event) => event['type'] === 'result');
  return {
    result,
    sessionId: (result === undefined ? undefined : stringField(result, 'session_id')) ?? '',
  };
}
