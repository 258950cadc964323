import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, objectField, parseJsonObject, stringField } from '../../core/json.ts';
import { listCaptured } from '../../ledger/captured-ids.ts';
import { type HookRun, runHookCommand } from '../run-hook-command.ts';
import type { WiredHook } from '../../query/doctor/wired-hooks.ts';
import { readEvents } from '../../query/events.ts';
import { queryStore } from '../../query/store-view.ts';
import type { DemoHome } from './demo-home.ts';
import { belongsTo, type GrowingTranscript, holdsCall, holdsResult } from './growing-transcript.ts';
import { listHooksFor } from './install-demo.ts';
import type { RecordedPayload } from './recording.ts';
import { waitForCalls, waitForContext, waitForResumeView } from './wait-for-view.ts';

/** A payload that was played: the message to Claude, the cost of the hooks, and the result. */
export interface PlayedStep {
  readonly payload: RecordedPayload;
  readonly runs: readonly HookRun[];
  /** Milliseconds of all hooks of this call so far: before it, and after it. */
  readonly ms: number;
  /** The texts that the hooks gave Claude. */
  readonly told: readonly string[];
  /** The stored events that it made. */
  readonly events: readonly JsonObject[];
  /** How many of those that it made were not in the store in time. */
  readonly missing: number;
}

export interface PlayParts {
  readonly home: DemoHome;
  readonly session: string;
  readonly payloads: readonly RecordedPayload[];
  readonly transcript: GrowingTranscript;
  readonly hooks: readonly WiredHook[];
  /** How many times as fast as it was recorded. */
  readonly speed: number;
  readonly clock: () => number;
  /** Ends the play between two payloads. */
  readonly signal: AbortSignal;
  readonly onStep: (step: PlayedStep) => void;
}

const HOOK_TIME_MS = 5_000;
const PATIENCE_MS = 5_000;

/**
 * Plays a recorded session through the installed launchers, in its own time or faster, while its
 * transcript grows beside it.
 * @throws AbortError when `signal` says so.
 */
export async function playRecording(parts: PlayParts): Promise<void> {
  const { home, session, transcript, speed, signal, clock, onStep } = parts;
  const known = new Set<string>();
  const msOfCalls = new Map<string, number>();
  let compactedAt = 0;
  for (const payload of parts.payloads) {
    await sleep(payload.delayMs / speed, undefined, { signal });
    if (payload.event === 'UserPromptSubmit')
      await waitForContext(home.folder, session, transcript.answeredAt, signal);
    if (payload.event === 'PreCompact') {
      await waitForCalls(home.folder, session, signal);
      compactedAt = clock();
    }
    if (isAfterCompaction(payload))
      await waitForResumeView(home.folder, session, compactedAt, signal);
    writeBefore(transcript, payload);
    const runs = await runHooks(payload, parts);
    writeAfter(transcript, payload);
    const call = stringField(payload.input, 'tool_use_id') ?? '';
    const ms = runs.reduce((sum, run) => sum + run.ms, msOfCalls.get(call) ?? 0);
    if (call !== '') msOfCalls.set(call, ms);
    const told = runs.flatMap(readMessages);
    onStep({ payload, runs, ms, told, ...(await untilStored(home, session, known)) });
  }
}

/** Whether a session starts again after a compaction. */
export function isAfterCompaction({ event, input }: RecordedPayload): boolean {
  return event === 'SessionStart' && stringField(input, 'source') === 'compact';
}

/** What a hook gives Claude to read. */
function readMessages({ stdout }: HookRun): readonly string[] {
  const answer = objectField(parseJsonObject(stdout.trim()) ?? {}, 'hookSpecificOutput');
  const text =
    stringField(answer, 'additionalContext') ?? stringField(answer, 'permissionDecisionReason');
  return text === undefined ? [] : [text];
}

/** The client writes a call, and the answer to a prompt, before its hooks run. */
function writeBefore(transcript: GrowingTranscript, { event, input }: RecordedPayload): void {
  const call = stringField(input, 'tool_use_id');
  const prompt = stringField(input, 'prompt_id');
  if (call !== undefined) transcript.writeThrough(holdsCall(call));
  if (event === 'UserPromptSubmit' && prompt !== undefined)
    transcript.writeUntil(belongsTo(prompt));
  if (event === 'Stop' && prompt !== undefined)
    transcript.writeUntil(
      (line) => line['type'] !== 'assistant' && stringField(line, 'promptId') !== prompt,
    );
  if (event === 'SessionEnd') transcript.writeUntil(() => false);
}

/** Results come behind their hooks. */
function writeAfter(transcript: GrowingTranscript, { event, input }: RecordedPayload): void {
  const call = stringField(input, 'tool_use_id');
  if (call !== undefined && event !== 'PreToolUse') transcript.writeThrough(holdsResult(call));
}

/** Runs what the settings file of the demo starts for this payload, one after the other. */
async function runHooks(
  { event, input }: RecordedPayload,
  { home, session, hooks }: PlayParts,
): Promise<readonly HookRun[]> {
  const runs: HookRun[] = [];
  for (const hook of listHooksFor(hooks, event, stringField(input, 'tool_name')))
    runs.push(await runDemoHook(hook, input, home, session));
  return runs;
}

/** Runs a launcher as the client does, in the home of the demo. */
export function runDemoHook(
  { command, args }: Pick<WiredHook, 'command' | 'args'>,
  input: JsonObject,
  { project, environment }: DemoHome,
  session: string,
): Promise<HookRun> {
  const own = { CLAUDE_PROJECT_DIR: project, CLAUDE_CODE_SESSION_ID: session, CLAUDECODE: '1' };
  return runHookCommand({
    ...{ command, args, input, cwd: project, timeoutMs: HOOK_TIME_MS },
    environment: { ...environment, ...own },
  });
}

/** Waits for what the hooks have captured, and remembers it as known. */
async function untilStored(
  { folder }: DemoHome,
  session: string,
  known: Set<string>,
): Promise<Pick<PlayedStep, 'events' | 'missing'>> {
  const fresh = listCaptured(folder.throttle, session).filter((id) => !known.has(id));
  for (const id of fresh) known.add(id);
  const from = performance.now();
  for (;;) {
    const events = await storedEvents(folder, fresh);
    if (events.length === fresh.length || performance.now() - from > PATIENCE_MS)
      return { events, missing: fresh.length - events.length };
    await sleep(2);
  }
}

async function storedEvents(
  folder: DemoHome['folder'],
  ids: readonly string[],
): Promise<readonly JsonObject[]> {
  if (ids.length === 0) return [];
  return queryStore<readonly JsonObject[]>(folder, [], (database) => readEvents(database, ids));
}
