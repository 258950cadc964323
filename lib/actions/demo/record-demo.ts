import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../../core/errors.ts';
import { packageFolder } from '../../core/package-folder.ts';
import type { StoredPattern } from '../../query/failures.ts';
import { readSessionDetail, type SessionDetail } from '../../query/session-detail.ts';
import { readStatus, type Status } from '../../query/status.ts';
import { queryStore } from '../../query/store-view.ts';
import type { WiredHook } from '../../query/doctor/wired-hooks.ts';
import type { DemoHome } from './demo-home.ts';
import { startDemoWorker } from './demo-worker.ts';
import { GrowingTranscript } from './growing-transcript.ts';
import { installDemo } from './install-demo.ts';
import { type DemoCost, measureCost } from './measure-cost.ts';
import { playRecording, type PlayedStep } from './play.ts';
import {
  loadRecording,
  RECORDINGS,
  type RecordedPayload,
  type RecordingName,
} from './recording.ts';
import { waitForLearnedFix } from './wait-for-view.ts';

export interface DemoRequest {
  readonly home: DemoHome;
  /** How many times as fast as it was recorded. */
  readonly speed: number;
  readonly clock: () => number;
  /** Ends the demo between two steps. */
  readonly signal: AbortSignal;
  /** Called before the first step of each session, which count from 1. */
  readonly onSession: (number: number) => void;
  readonly onStep: (step: PlayedStep) => void;
  /** Called after the first session, with the failure that was learned from. */
  readonly onLearned: (failure: StoredPattern) => void;
}

/** What the store holds after the demo, and what it cost. */
export interface RecordedDemo {
  readonly sessions: readonly SessionDetail[];
  readonly status: Status;
  readonly cost: DemoCost;
}

/** Lines of transcripts come a moment after their hooks. */
const READ_ON_MS = 15_000;

/**
 * Plays the recorded sessions through installed launchers, a worker and a store in the home of a
 * demo, which is left to the caller.
 * @throws {@link WaymarkError} WORKER_ABSENT, HOOK_FAILED, STORE_UNAVAILABLE; AbortError when
 * `signal` says so.
 */
export async function recordDemo(order: DemoRequest): Promise<RecordedDemo> {
  const { home, clock, signal, onSession, onLearned } = order;
  const program = `${packageFolder()}/dist/waymark.cjs`;
  if (!existsSync(program))
    throw new WaymarkError('WORKER_ABSENT', `Cannot play the demo: ${program} is missing`, {
      remedy: 'Run `npm run build` in the package first.',
    });
  const hooks = await installDemo(program, home, signal);
  const worker = await startDemoWorker(program, home);
  try {
    const sessions: string[] = [];
    const payloads: RecordedPayload[] = [];
    let failure: StoredPattern | undefined;
    for (const name of RECORDINGS) {
      onSession(sessions.length + 1);
      const session = randomUUID();
      sessions.push(session);
      payloads.push(...(await playSession(name, session, hooks, order)));
      if (failure !== undefined) continue;
      failure = await waitForLearnedFix(home.folder, signal);
      if (failure !== undefined) onLearned(failure);
    }
    const details = await untilRead(home, sessions, clock, signal);
    const status = await readStatus({ folder: home.folder, clock, sleep: (ms) => sleep(ms) });
    const known = failure?.pattern.lastCommand;
    const cost = await measureCost({ home, hooks, payloads, known, signal });
    return { sessions: details, status, cost };
  } finally {
    await worker.stop();
  }
}

async function playSession(
  name: RecordingName,
  session: string,
  hooks: readonly WiredHook[],
  { home, speed, clock, signal, onStep }: DemoRequest,
): Promise<readonly RecordedPayload[]> {
  const file = `${home.transcripts}/${session}.jsonl`;
  const { payloads, transcript: lines } = loadRecording(`${packageFolder()}/templates`, name, {
    ...{ PROJECT: home.project, SESSION: session },
    ...{ TRANSCRIPT: file, TRANSCRIPTS: home.transcripts },
  });
  const transcript = new GrowingTranscript(file, lines, clock);
  await playRecording({ home, session, payloads, transcript, hooks, speed, clock, signal, onStep });
  return payloads;
}

/**
 * Waits until the transcripts were read to their end and every call that hooks counted is listed,
 * or the patience ends.
 * @throws {@link WaymarkError} STORE_UNAVAILABLE when a session is not in the store.
 */
async function untilRead(
  { folder }: DemoHome,
  sessions: readonly string[],
  clock: () => number,
  signal: AbortSignal,
): Promise<readonly SessionDetail[]> {
  const end = clock() + READ_ON_MS;
  for (;;) {
    const details = await queryStore<readonly (SessionDetail | undefined)[]>(
      folder,
      [],
      (database) =>
        Promise.all(sessions.map((session) => readSessionDetail(database, folder, session))),
    );
    const found = details.filter((detail) => detail !== undefined);
    const isThere = found.length === sessions.length;
    if (isThere && found.every(isRead)) return found;
    if (clock() >= end) {
      if (isThere) return found;
      throw new WaymarkError(
        'STORE_UNAVAILABLE',
        'Cannot find the sessions of the demo: they were not stored',
      );
    }
    await sleep(100, undefined, { signal });
  }
}

function isRead({ session, counts, told }: SessionDetail): boolean {
  return (
    session.transcriptState === 'read' &&
    counts.counted === session.operationCount &&
    counts.running === 0 &&
    told.every(({ kind, outcome }) => kind !== 'failure' || outcome !== 'unknown')
  );
}
