import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, stringField } from '../../core/json.ts';
import { HOOKS } from '../../hook/manifest.ts';
import { capturedBy } from '../../ledger/captured-ids.ts';
import { type HookRun, runHookCommand } from '../run-hook-command.ts';
import { readEvents } from '../../query/events.ts';
import { askStore } from '../../query/store-view.ts';
import type { DemoHome } from './demo-home.ts';
import { belongsTo, GrowingTranscript, holdsCall, holdsResult } from './growing-transcript.ts';
import type { RecordedPayload, Recording } from './recording.ts';

/** One payload that was played: what the hook cost and what became of it. */
export interface Step {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly payload: RecordedPayload;
  readonly run: HookRun;
  /** The stored events that it made. */
  readonly events: readonly JsonObject[];
  /** How many of those that it made were not in the store in time. */
  readonly missing: number;
  /** Milliseconds from the end of the hook until the store had them. */
  readonly storedMs: number;
}

export interface PlayParts {
  readonly home: DemoHome;
  readonly recording: Recording;
  /** Folder with the built hooks. */
  readonly hooks: string;
  /** How many times as fast as it was recorded. */
  readonly speed: number;
  readonly clock: () => number;
  /** Ends the play between two payloads. */
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
}

const HOOK_TIME_MS = 5_000;
const PATIENCE_MS = 5_000;

/**
 * Plays the recording through the real hooks, in its own time or faster, while its transcripts grow
 * beside it.
 * @throws AbortError when `signal` says so.
 */
export async function play({
  home,
  recording,
  hooks,
  speed,
  clock,
  signal,
  onStep,
}: PlayParts): Promise<void> {
  const main = new GrowingTranscript(home.transcript, recording.transcript, clock);
  const agentId =
    recording.agentTranscript.flatMap((line) => stringField(line, 'agentId') ?? [])[0] ?? 'agent';
  const agentFile = `${home.transcript.replace(/\.jsonl$/, '')}/subagents/agent-${agentId}.jsonl`;
  const agent = new GrowingTranscript(agentFile, recording.agentTranscript, clock);
  const known = new Set<string>();
  for (const payload of recording.payloads) {
    await sleep(payload.delayMs / speed, undefined, { signal });
    const transcript = stringField(payload.input, 'agent_id') === agentId ? agent : main;
    writeBefore(transcript, payload);
    const at = clock();
    const run = await runHook(payload, home, hooks);
    writeAfter(transcript, payload);
    onStep({ at, payload, run, ...(await untilStored(home, known)) });
  }
}

/**
 * The client writes a call before its hooks run, and the answer to a prompt before the next one is
 * asked.
 */
function writeBefore(transcript: GrowingTranscript, { event, input }: RecordedPayload): void {
  const call = stringField(input, 'tool_use_id');
  const prompt = stringField(input, 'prompt_id');
  if (call !== undefined) transcript.writeThrough(holdsCall(call));
  if (event === 'UserPromptSubmit' && prompt !== undefined)
    transcript.writeUntil(belongsTo(prompt));
  if (event === 'SubagentStop' || event === 'SessionEnd') transcript.writeUntil(() => false);
}

/** Results and prompts come behind their hooks. */
function writeAfter(transcript: GrowingTranscript, { event, input }: RecordedPayload): void {
  const call = stringField(input, 'tool_use_id');
  const prompt = stringField(input, 'prompt_id');
  if (call !== undefined && event !== 'PreToolUse') transcript.writeThrough(holdsResult(call));
  if (event === 'Stop' && prompt !== undefined)
    transcript.writeUntil(
      (line) => line['type'] !== 'assistant' && stringField(line, 'promptId') !== prompt,
    );
}

function runHook(
  { event, input }: RecordedPayload,
  { project, session, environment }: DemoHome,
  hooks: string,
): Promise<HookRun> {
  const name = HOOKS.find((hook) => hook.event === event)?.name ?? 'unknown';
  const own = { CLAUDE_PROJECT_DIR: project, CLAUDE_CODE_SESSION_ID: session, CLAUDECODE: '1' };
  return runHookCommand({
    command: process.execPath,
    args: [`${hooks}/${name}.cjs`],
    input,
    cwd: project,
    environment: { ...environment, ...own },
    timeoutMs: HOOK_TIME_MS,
  });
}

/** Waits for what the hook has captured, and remembers it as known. */
async function untilStored(
  { folder, session }: DemoHome,
  known: Set<string>,
): Promise<Pick<Step, 'events' | 'missing' | 'storedMs'>> {
  const fresh = capturedBy(folder.throttle, session).filter((id) => !known.has(id));
  for (const id of fresh) known.add(id);
  const from = performance.now();
  for (;;) {
    const events = await storedEvents(folder, fresh);
    const storedMs = performance.now() - from;
    if (events.length === fresh.length || storedMs > PATIENCE_MS)
      return { events, missing: fresh.length - events.length, storedMs };
    await sleep(2);
  }
}

async function storedEvents(
  folder: DemoHome['folder'],
  ids: readonly string[],
): Promise<readonly JsonObject[]> {
  if (ids.length === 0) return [];
  return askStore<readonly JsonObject[]>(folder, [], (database) => readEvents(database, ids));
}
