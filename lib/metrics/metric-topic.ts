import type { StateFolder } from '../core/state-folder.ts';
import type { FigureSettings } from '../query/figures.ts';
import type { StoreView } from '../query/store-view.ts';
import type { MetricSample } from './metric-table.ts';

/** What metrics are read from. */
export interface MetricsPlace {
  readonly folder: StateFolder;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Asked at each scrape, so that a changed setting counts at once. */
  readonly settings: () => FigureSettings;
}

/** The same at one moment. */
export interface MetricsLook extends Omit<MetricsPlace, 'settings'> {
  readonly now: number;
  readonly view: StoreView;
  readonly settings: FigureSettings;
}

/** Metrics that are read together, so that a fault in one topic leaves the others. */
export interface MetricTopic {
  readonly name: string;
  /** How long its values may be used again: what is dear to read changes slowly. */
  readonly keepMs: number;
  readonly read: (look: MetricsLook) => Promise<readonly MetricSample[]>;
}

/** For what costs a scan: scrapes come every few seconds. */
export const KEEP_DEAR_MS = 60_000;
