import type { SinkFile, StoredEvent } from './table.ts';

/** Something that gets every stored event as a line in one of its files. */
export interface EventSink {
  /** Stable: its place in the events is kept under this name. */
  readonly name: 'log' | 'archive';
  /** Switched off, it is passed over; switched on again, it goes on where it stopped, with what the store still has. */
  readonly isOn: () => boolean;
  /** The file below the state folder that gets the line. @param paths Those that there are. */
  pathOf(event: StoredEvent, paths: ReadonlySet<string>): string;
  /** Whether a file is complete, so that the next line begins another one. @param today UTC, `2026-11-22`. */
  isComplete(file: SinkFile, today: string): boolean;
  /** Whether a file is complete though no line may come for long: its day is over. */
  isOver(file: SinkFile, today: string): boolean;
  /** The path, without ending, that a complete file is moved to; a number is added if it is taken. */
  closedPlace(file: SinkFile): string;
}
