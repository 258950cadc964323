import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHookInput } from '../../lib/claude/hook-input.ts';
import { resolveHookConfig } from '../../lib/config/resolve-hook-config.ts';
import { type EventEnvelope, sealEvent } from '../../lib/events/envelope.ts';
import { type JsonObject, numberField, parseJsonObject } from '../../lib/core/json.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { captureCheckpoint } from '../../lib/features/checkpoint/capture.ts';
import { captureFailure } from '../../lib/features/failure/capture.ts';
import { learn } from './learn.ts';
import { readSessionTranscripts } from '../../lib/features/operation/read-session.ts';
import { captureRouting } from '../../lib/features/routing/capture.ts';
import { captureSession } from '../../lib/features/session/capture.ts';
import { hookCall } from '../../lib/hook/hook-call.ts';
import { sessionFolder } from '../../lib/hook/throttle.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import type { Database } from '../../lib/store/database.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { tempFolder } from './temp-folder.ts';

export const NESTED_CLIENTS = ['2.1.197', '2.1.330'] as const;

/** A recorded session with a failure and its fix, an agent, and an agent of that agent. */
export interface NestedSession {
  readonly id: string;
  readonly events: readonly EventEnvelope[];
}

const CAPTURES = [captureSession, captureRouting, captureFailure, captureCheckpoint];

/**
 * The events that hooks make of a recorded session, whose transcripts lie in a folder of the
 * test's.
 */
export function nestedSession(version: (typeof NESTED_CLIENTS)[number]): NestedSession {
  const root = tempFolder();
  const folder = join(root, 'transcripts');
  cpSync(join(import.meta.dirname, '../fixtures/nested-agents', version), folder, {
    recursive: true,
  });
  const id =
    readdirSync(folder)
      .find((name) => name.endsWith('.jsonl') && name !== 'hooks.jsonl')
      ?.slice(0, -'.jsonl'.length) ?? '';
  const payloads = readFileSync(join(folder, 'hooks.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => parseJsonObject(line) ?? {});
  const state = stateFolderAt(join(root, 'state'));
  const events = payloads.flatMap((payload) =>
    eventsOf({ ...payload, transcript_path: join(folder, `${id}.jsonl`) }, state),
  );
  return {
    id,
    events: events.map((event, index) => ({
      ...event,
      event_id: `evt_20261122_090000_${String(index + 1).padStart(16, '0')}`,
    })),
  };
}

/**
 * A store after the whole session: its events, its transcripts, what was learned of its failures.
 */
export async function playNested(store: Database, { id, events }: NestedSession): Promise<void> {
  eventApplier(store, EFFECTS, () => 1)(events);
  for (let more = true; more; ) ({ more } = await readSessionTranscripts(store, id, { now: 1 }));
  learn(store, id);
}

function eventsOf(
  payload: JsonObject,
  folder: ReturnType<typeof stateFolderAt>,
): readonly EventEnvelope[] {
  const input = readHookInput(JSON.stringify(payload));
  if ('problem' in input) throw new Error(input.problem);
  const config = resolveHookConfig({ environment: {} }).values;
  const session = sessionFolder(folder.throttle, input.sessionId);
  const call = hookCall({
    input,
    config,
    folder,
    session,
    isCounted: false,
    projectFolder: input.cwd,
    readGit: () => undefined,
    command: () => 'waymark',
  });
  const stamp = { time: numberField(payload, 'at') ?? 0, random: '0'.repeat(16) };
  const drafts = CAPTURES.flatMap((capture) => capture(call));
  return drafts.map(
    (draft): EventEnvelope =>
      JSON.parse(JSON.stringify(sealEvent(draft, stamp, `hook/${input.event}`))),
  );
}
