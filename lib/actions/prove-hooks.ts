import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isoTime } from '../core/clock.ts';
import { reasonOf } from '../core/errors.ts';
import { parseJsonObject, stringField } from '../core/json.ts';
import { SAMPLE_PREFIX } from '../events/sample.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { listCaptured } from '../ledger/captured-ids.ts';
import { runHookCommand } from './run-hook-command.ts';
import { queryStore } from '../query/store-view.ts';
import { readStoredTime } from '../query/wait-until-stored.ts';
import { listLivePipes } from '../query/workers.ts';
import { createProofPayload, PROOF_EVENTS } from './proof-payload.ts';
import { removeSample } from './remove-sample.ts';
import { readWiredHooks, type WiredHook } from '../query/doctor/wired-hooks.ts';

export interface ProveParts {
  /** The settings file whose commands are run. */
  readonly settings: string;
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  /** Whether a hook starts a worker where none runs. */
  readonly autostart: boolean;
  /** Drains the queue in this process. */
  readonly drain: () => Promise<unknown>;
}

/** Whether the sample arrived. Field names are a contract. */
export interface Proof {
  readonly ok: boolean;
  /** ISO 8601: when the first hook was started, and when the store had the last event. */
  readonly sentAt: string | null;
  readonly storedAt: string | null;
  readonly message: string;
}

const HOOK_TIME_MS = 10_000;
const PATIENCE_MS = 15_000;
const LOOK_AGAIN_MS = 25;

/** What a worker that a hook has just started gets before the queue is drained from here. */
const START_TIME_MS = 2_500;

/**
 * Sends a sample session through the hooks that a settings file names, waits until its events are
 * in the store, and takes it away again, whatever happened. Never throws.
 */
export async function proveHooks(parts: ProveParts): Promise<Proof> {
  const session = `${SAMPLE_PREFIX}${randomBytes(6).toString('hex')}`;
  const sentAt = isoTime(parts.clock());
  try {
    const hooks = hooksToTry(parts);
    for (const hook of hooks) await send(hook, session, parts);
    const captured = listCaptured(parts.folder.throttle, session);
    if (captured.length === 0)
      return {
        ok: false,
        sentAt,
        storedAt: null,
        message: 'the hooks ran, but captured nothing; see `waymark doctor`',
      };
    const storedAt = await untilStored(captured, parts);
    if (storedAt === undefined)
      return {
        ok: false,
        sentAt,
        storedAt: null,
        message: `the sample was captured, but is not in the store after ${PATIENCE_MS / 1000} s`,
      };
    return {
      ok: true,
      sentAt,
      storedAt: isoTime(storedAt),
      message: `${hooks.map((hook) => hook.event).join(' and ')} went through the installed hooks into the store, and were deleted again`,
    };
  } catch (error) {
    return { ok: false, sentAt, storedAt: null, message: reasonOf(error) };
  } finally {
    await removeSample(parts.folder, session, parts.clock());
  }
}

function hooksToTry({ settings, folder }: ProveParts): readonly WiredHook[] {
  const { hooks, disableAllHooks } = readWiredHooks(settings, folder);
  if (disableAllHooks) throw new Error(`disableAllHooks is true in ${settings}: no hook runs`);
  const chosen = PROOF_EVENTS.flatMap(
    (event) => hooks.find((hook) => hook.event === event) ?? [],
  ).slice(0, 2);
  if (chosen.length === 0) throw new Error(`${settings} starts no hook of ${folder.bin}`);
  return chosen;
}

async function send(
  { event, command, args }: WiredHook,
  session: string,
  { folder, environment }: ProveParts,
): Promise<void> {
  const cwd = folder.root;
  const own = {
    CLAUDE_PROJECT_DIR: cwd,
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDECODE: '1',
    WAYMARK_WORKER: undefined,
    WAYMARK_DISABLE: undefined,
  };
  const input = createProofPayload(event, session, cwd);
  const run = await runHookCommand({
    command,
    args,
    input,
    cwd,
    environment: { ...environment, ...own },
    timeoutMs: HOOK_TIME_MS,
  });
  if (run.problem !== undefined)
    throw new Error(`the ${event} hook could not be started: ${run.problem}`);
  if (run.status !== 0)
    throw new Error(
      `the ${event} hook ended with ${run.status === undefined ? 'a signal' : `status ${run.status}`}`,
    );
  const fault = faultIn(run.stdout);
  if (fault !== undefined) throw new Error(`the ${event} hook printed: ${fault.slice(0, 300)}`);
}

/**
 * What a hook showed the person, or printed that is not an answer. A message to Claude is no fault.
 */
function faultIn(stdout: string): string | undefined {
  const printed = stdout.trim();
  if (printed === '') return undefined;
  const answer = parseJsonObject(printed);
  return answer === undefined ? printed : stringField(answer, 'systemMessage');
}

/** When the store had all of them, in milliseconds since the epoch. */
async function untilStored(
  ids: readonly string[],
  { folder, autostart, drain }: ProveParts,
): Promise<number | undefined> {
  const startTimeMs = autostart ? START_TIME_MS : 0;
  let hasDrained = false;
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_AGAIN_MS) {
    const storedAt = await storedTime(folder, ids);
    if (storedAt !== undefined) return storedAt;
    const isDue =
      waited >= startTimeMs &&
      (listLivePipes(folder.wake).length === 0 || waited >= PATIENCE_MS / 2);
    if (isDue && !hasDrained) {
      hasDrained = true;
      await drain();
    }
    await sleep(LOOK_AGAIN_MS);
  }
  return undefined;
}

async function storedTime(
  folder: StateFolder,
  ids: readonly string[],
): Promise<number | undefined> {
  try {
    return await queryStore(folder, undefined, (database) => readStoredTime(database, ids));
  } catch {
    return undefined; // locked, or being made at this moment: the patience decides
  }
}
