import { isoTime } from '../core/clock.ts';
import type { TaskBeat } from '../queue/wakeup/heartbeat.ts';

/** Work that comes back. */
export interface PeriodicTask {
  readonly name: string;
  /** Milliseconds between two runs; asked each time, so a changed config counts at once. */
  readonly intervalMs: () => number;
  /** Whether it runs only in the leading worker. */
  readonly leaderOnly: boolean;
  readonly run: () => void | Promise<void>;
  /** Whether it may put entries into the queue without a ring. */
  readonly requeues?: boolean;
}

/** When each task runs next. It owns no timer: the loop asks it whenever it wakes. */
export class Schedule {
  readonly #tasks: ReadonlyArray<{ readonly task: PeriodicTask; lastRun: number | undefined }>;

  constructor(tasks: readonly PeriodicTask[]) {
    this.#tasks = tasks.map((task) => ({ task, lastRun: undefined }));
  }

  /** Tasks that are due; they count as run now. A task that never ran is due at once. */
  takeDue(now: number, isLeader: boolean): readonly PeriodicTask[] {
    const due = this.#tasks.filter(
      ({ task, lastRun }) =>
        (isLeader || !task.leaderOnly) &&
        (lastRun === undefined || now - lastRun >= task.intervalMs() || now < lastRun),
    );
    for (const slot of due) slot.lastRun = now;
    return due.map(({ task }) => task);
  }

  /** What a heartbeat shows. */
  beats(now: number): readonly TaskBeat[] {
    return this.#tasks.map(({ task, lastRun }) => ({
      name: task.name,
      intervalSeconds: task.intervalMs() / 1000,
      lastRun: lastRun === undefined ? null : isoTime(lastRun),
      nextRun: isoTime(lastRun === undefined ? now : lastRun + task.intervalMs()),
    }));
  }
}
