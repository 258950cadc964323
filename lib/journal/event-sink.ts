import type { SinkFile, StoredEvent } from './table.ts';

/** A destination that gets every stored event as a line in one of its files. */
export interface EventSink {
  /** Stable: its position in the events is stored under this name. */
  readonly name: 'log' | 'archive';
  /**
   * A sink that is switched off is skipped. Switched on again, it continues where it stopped, with
   * the events that are still in the store.
   */
  readonly isOn: () => boolean;
  /**
   * Returns the file below the state folder for a line.
   * @param paths Existing files.
   */
  pathOf(event: StoredEvent, paths: ReadonlySet<string>): string;
  /**
   * Whether a file is complete, so that the next line starts another one.
   * @param today UTC, `2026-11-22`.
   */
  isComplete(file: SinkFile, today: string): boolean;
  /** Whether a file is complete although no line may follow for long: its day is over. */
  isOver(file: SinkFile, today: string): boolean;
  /**
   * Returns the path, without suffix, to which a complete file is moved. If it exists, a number is
   * added.
   */
  closedPlace(file: SinkFile): string;
}
