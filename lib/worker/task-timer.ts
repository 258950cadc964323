import { isoTime } from '../core/clock.ts';
import type { TaskBeat } from '../queue/wakeup/heartbeat.ts';

/** A recurring task of the worker. */
export interface PeriodicTask {
  readonly name: string;
  /** Milliseconds between two runs. Read each time, so that a changed setting applies at once. */
  readonly intervalMs: () => number;
  /** Whether it runs only in the leading worker. */
  readonly leaderOnly: boolean;
  readonly run: () => void | Promise<void>;
  /** Whether it may put entries into the queue without a ring. */
  readonly requeues?: boolean;
}

/** Tracks when each task runs next. Sets no timer: the loop asks it whenever it wakes. */
export class TaskTimer {
  readonly #tasks: ReadonlyArray<{ readonly task: PeriodicTask; lastRun: number | undefined }>;

  constructor(tasks: readonly PeriodicTask[]) {
    this.#tasks = tasks.map((task) => ({ task, lastRun: undefined }));
  }

  /** Returns due tasks and counts them as run. A task that never ran is due. */
  takeDue(now: number, isLeader: boolean): readonly PeriodicTask[] {
    const due = this.#tasks.filter(
      ({ task, lastRun }) =>
        (isLeader || !task.leaderOnly) &&
        (lastRun === undefined || now - lastRun >= task.intervalMs() || now < lastRun),
    );
    for (const slot of due) slot.lastRun = now;
    return due.map(({ task }) => task);
  }

  /** Describes the tasks for a heartbeat. */
  describeTasks(now: number): readonly TaskBeat[] {
    return this.#tasks.map(({ task, lastRun }) => ({
      name: task.name,
      intervalSeconds: task.intervalMs() / 1000,
      lastRun: lastRun === undefined ? null : isoTime(lastRun),
      nextRun: isoTime(lastRun === undefined ? now : lastRun + task.intervalMs()),
    }));
  }
}
