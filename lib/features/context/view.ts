import { endOf } from '../../store/sessions-table.ts';
import { rmSync } from 'node:fs';
import type { ModelWindows } from '../../claude/model-windows.ts';
import type { EventDraft } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import { writeView } from '../../core/write-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { readGitHead } from '../../hook/git-head.ts';
import { operationCount, sessionFolder } from '../../hook/throttle.ts';
import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { createCrossingEvents } from './crossing-events.ts';
import {
  type ContextFigures,
  computeContextFigures,
  computeFigures,
  computeLastCompaction,
  readWindowClues,
} from './figures.ts';
import { readCrossings, readProjectActivity, readSessionState } from './table.ts';
import { readContextFills } from './fills.ts';
import { findNewCrossings } from './thresholds.ts';
import { composeContextWarning } from './warning-text.ts';

export interface ContextViewParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly settings: () => ContextSettings;
  /**
   * Stores the worker's own events immediately, all of them or none.
   * @throws {@link StoreFault}
   */
  readonly store: (drafts: readonly EventDraft[]) => void;
}

export interface ContextSettings {
  /** Ascending. */
  readonly thresholds: readonly number[];
  readonly windows: ModelWindows;
}

/** Number of largest results that a view lists. */
const MAX_FILLS = 3;

/** How far back a view lists changed files. */
const ACTIVITY_MS = 60 * 60 * 1000;

/** Kind of a refresh request that only updates the figures of a view. */
export const CONTEXT_VIEW = 'context-view';

/**
 * Creates the refresher of the kind `context`; its key is a session. It checks whether the context
 * crossed a threshold, or the view must be deleted. Then it writes the view immediately and emits
 * the events of a crossing. Otherwise only figures have changed, and it requests the view at its
 * normal pace.
 */
export function createContextCheckRefresher(
  parts: ContextViewParts,
): (database: Database, session: string) => void {
  const make = createContextRefresher(parts);
  return (database, session) => {
    const row = readSessionState(database, session);
    const place = row === undefined ? undefined : placeOf(database, session, parts.settings());
    const canWait =
      row !== undefined &&
      place !== undefined &&
      endOf(row) === undefined &&
      crossedNow(database, session, place).length === 0;
    if (canWait) requestRefresh(database, CONTEXT_VIEW, [session]);
    else make(database, session);
  };
}

/**
 * Creates the refresher of the kind {@link CONTEXT_VIEW}; its key is a session. It writes
 * views/context/<session>.json (format: docs/context-view.md), and emits the events of a crossed
 * threshold: once per threshold, session and compaction, because the events and their record are
 * one transaction. If the session was forgotten, it deletes the view.
 */
export function createContextRefresher({
  folder,
  clock,
  settings,
  store,
}: ContextViewParts): (database: Database, session: string) => void {
  return (database, session) => {
    const path = `${folder.views}/context/${session}.json`;
    const row = readSessionState(database, session);
    const place = row === undefined ? undefined : placeOf(database, session, settings());
    if (row === undefined || place === undefined) return rmSync(path, { force: true });
    if (endOf(row) === undefined)
      raiseCrossing(database, {
        session,
        project: stringField(row, 'project'),
        place,
        folder,
        store,
      });
    writeView(
      folder.views,
      `context/${session}.json`,
      JSON.stringify(composeView(database, session, row, place, clock())),
    );
  };
}

interface Place {
  readonly figures: ContextFigures | undefined;
  readonly epoch: number;
  readonly percentAtStart: number | null;
  readonly settings: ContextSettings;
}

/** Returns the place of a session; `undefined` while nothing is known. */
function placeOf(
  database: Database,
  session: string,
  settings: ContextSettings,
): Place | undefined {
  const figures = computeContextFigures(database, session, settings.windows);
  const { epoch, sample } = computeLastCompaction(database, session);
  const clues = readWindowClues(database, session, settings.windows);
  if (figures === undefined && clues.seen === undefined) return undefined;
  return {
    figures,
    epoch,
    percentAtStart: sample === undefined ? null : computeFigures(sample, clues).percent,
    settings,
  };
}

interface CrossingPlace {
  readonly session: string;
  readonly project: string | undefined;
  readonly place: Place;
  readonly folder: StateFolder;
  readonly store: ContextViewParts['store'];
}

function raiseCrossing(
  database: Database,
  { session, project, place, folder, store }: CrossingPlace,
): void {
  const { figures, epoch, settings } = place;
  const { thresholds } = settings;
  const crossed = crossedNow(database, session, place);
  if (figures === undefined || crossed.length === 0) return;
  const operations = operationCount(sessionFolder(folder.throttle, session));
  const git = project === undefined ? undefined : readGitHead(project);
  store(
    createCrossingEvents(database, {
      session,
      epoch,
      figures,
      thresholds,
      crossed,
      operations,
      git,
    }),
  );
}

/** Returns crossed thresholds that were not recorded yet. */
function crossedNow(
  database: Database,
  session: string,
  { figures, epoch, percentAtStart, settings }: Place,
): readonly number[] {
  if (figures === undefined) return [];
  return findNewCrossings({
    thresholds: settings.thresholds,
    percent: figures.percent,
    percentAtStart,
    crossed: crossings(database, session, epoch).map(({ percent }) => percent),
  });
}

function composeView(
  database: Database,
  session: string,
  row: Row,
  { figures, epoch, settings }: Place,
  now: number,
): object {
  const { seen } = readWindowClues(database, session, settings.windows);
  const percent = figures?.percent ?? null;
  const project = stringField(row, 'project');
  const activity =
    project === undefined ? undefined : readProjectActivity(database, project, now - ACTIVITY_MS);
  const fills =
    percent !== null && percent >= (settings.thresholds[0] ?? 100)
      ? readContextFills(database, session, MAX_FILLS).largest()
      : undefined;
  const context = {
    tokens: figures?.tokens ?? null,
    window: figures === undefined ? (seen?.tokens ?? null) : figures.window,
    percent,
    thresholds: settings.thresholds,
    crossed: crossings(database, session, epoch),
  };
  const warning = composeContextWarning({ ...context, fills: fills ?? [] });
  return {
    format: 1,
    session,
    ...context,
    windowSource: figures === undefined ? 'status-line' : figures.windowSource,
    model: figures?.model ?? seen?.model ?? null,
    at: figures?.at ?? null,
    epoch,
    ...(fills === undefined ? {} : { fills }),
    ...(warning === undefined ? {} : { warning }),
    ...(activity === undefined ? {} : { activity }),
  };
}

function crossings(
  database: Database,
  session: string,
  epoch: number,
): ReadonlyArray<{ readonly percent: number; readonly at: number }> {
  const rows = readCrossings(database, session, epoch);
  return rows.map((row) => ({
    percent: numberField(row, 'threshold') ?? 0,
    at: numberField(row, 'at') ?? 0,
  }));
}
