import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WaymarkError } from '../../core/errors.ts';
import { packageFolder } from '../../core/package-folder.ts';
import { readSessionDetail, type SessionDetail } from '../../query/session-detail.ts';
import { readSessionStory, type SessionStory } from '../../query/session-story.ts';
import { readStatus, type Status } from '../../query/status.ts';
import { askStore } from '../../query/store-view.ts';
import type { DemoHome } from './demo-home.ts';
import { startDemoWorker } from './demo-worker.ts';
import { play, type Step } from './play.ts';
import { loadRecording } from './recording.ts';

export interface DemoOrder {
  readonly home: DemoHome;
  /** How many times as fast as it was recorded. */
  readonly speed: number;
  readonly clock: () => number;
  /** Ends the demo between two steps. */
  readonly signal: AbortSignal;
  /** Called with the pid of the worker, before the first step. */
  readonly onStart: (pid: number) => void;
  readonly onStep: (step: Step) => void;
  /** Called after the last step, before the worker has read everything. */
  readonly onPlayed: () => void;
}

/** What the store holds after the demo. */
export interface RecordedDemo {
  readonly detail: SessionDetail;
  readonly story: SessionStory;
  readonly status: Status;
}

/** Lines of transcripts come a moment after their hooks. */
const READ_ON_MS = 15_000;

/**
 * Plays the recorded session through real hooks, a worker and a store in the home of a demo, which
 * is left to the caller.
 * @throws {@link WaymarkError} WORKER_ABSENT, STORE_UNAVAILABLE; AbortError when `signal` says so.
 */
export async function recordDemo({
  home,
  speed,
  clock,
  signal,
  onStart,
  onStep,
  onPlayed,
}: DemoOrder): Promise<RecordedDemo> {
  const place = packageFolder();
  const program = `${place}/dist/waymark.cjs`;
  if (!existsSync(program))
    throw new WaymarkError('WORKER_ABSENT', `Cannot play the demo: ${program} is missing`, {
      remedy: 'Run `npm run build` in the package first.',
    });
  const recording = loadRecording(`${place}/templates`, {
    PROJECT: home.project,
    SESSION: home.session,
    TRANSCRIPT: home.transcript,
    TRANSCRIPTS: `${home.root}/transcripts`,
  });
  const worker = await startDemoWorker(program, home);
  try {
    onStart(worker.pid);
    await play({ home, recording, hooks: `${place}/dist/hooks`, speed, clock, signal, onStep });
    onPlayed();
    await untilRead(home, clock, signal);
  } finally {
    await worker.stop();
  }
  const detail = await detailOf(home);
  const story = await askStore(home.folder, undefined, (database) =>
    readSessionStory(database, home.folder, home.session),
  );
  if (detail === undefined || story === undefined)
    throw new WaymarkError(
      'STORE_UNAVAILABLE',
      'Cannot find the session of the demo: nothing was stored',
    );
  return {
    detail,
    story,
    status: await readStatus({ folder: home.folder, clock, sleep: (ms) => sleep(ms) }),
  };
}

/**
 * Waits until the transcripts were read to their end and every call that hooks counted is listed,
 * or the patience ends.
 */
async function untilRead(home: DemoHome, clock: () => number, signal: AbortSignal): Promise<void> {
  const end = clock() + READ_ON_MS;
  while (clock() < end) {
    const detail = await detailOf(home);
    if (
      detail !== undefined &&
      detail.session.transcriptState === 'read' &&
      detail.counts.counted === detail.session.operationCount &&
      detail.counts.running === 0
    )
      return;
    await sleep(100, undefined, { signal });
  }
}

function detailOf({ folder, session }: DemoHome): Promise<SessionDetail | undefined> {
  return askStore(folder, undefined, (database) => readSessionDetail(database, folder, session));
}
