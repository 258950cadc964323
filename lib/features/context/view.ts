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
import { crossingEvents } from './alarm.ts';
import {
  type ContextFigures,
  contextFigures,
  figuresOf,
  lastCompaction,
  windowClues,
} from './figures.ts';
import { crossingsOf, projectActivity, sessionState } from './table.ts';
import { contextFills } from './fills.ts';
import { newCrossings } from './thresholds.ts';

export interface ContextViewParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly settings: () => ContextSettings;
  /** Stores events of the worker's own at once, all of them or none. @throws {@link StoreFault} */
  readonly store: (drafts: readonly EventDraft[]) => void;
}

export interface ContextSettings {
  /** Ascending. */
  readonly thresholds: readonly number[];
  readonly windows: ModelWindows;
}

/** How many of the largest results a view names. */
const MOST_FILLS = 3;

/** How far back a view lists changed files. */
const ACTIVITY_MS = 60 * 60 * 1000;

/** The kind of a request for a view that only brings its figures up to date. */
export const CONTEXT_VIEW = 'context-view';

/**
 * Looks whether a context has crossed a threshold, or the view has to go: then the view is made at once, and what a crossing raises with it. Otherwise
 * only figures have changed, and the view is asked for at its pace.
 * @returns the refresher of the kind `context`; its key is a session.
 */
export function contextLook(
  parts: ContextViewParts,
): (database: Database, session: string) => void {
  const make = contextRefresher(parts);
  return (database, session) => {
    const row = sessionState(database, session);
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
 * Makes views/context/<session>.json, the contract of docs/context-view.md, and raises what a crossed threshold raises: once per threshold, session
 * and compaction, because the events and the memory of them are one transaction. A session that was forgotten loses its view.
 * @returns the refresher of the kind {@link CONTEXT_VIEW}; its key is a session.
 */
export function contextRefresher({
  folder,
  clock,
  settings,
  store,
}: ContextViewParts): (database: Database, session: string) => void {
  return (database, session) => {
    const path = `${folder.views}/context/${session}.json`;
    const row = sessionState(database, session);
    const place = row === undefined ? undefined : placeOf(database, session, settings());
    if (row === undefined || place === undefined) return rmSync(path, { force: true });
    if (endOf(row) === undefined)
      raise(database, { session, project: stringField(row, 'project'), place, folder, store });
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

/** `undefined` while nothing is known. */
function placeOf(
  database: Database,
  session: string,
  settings: ContextSettings,
): Place | undefined {
  const figures = contextFigures(database, session, settings.windows);
  const { epoch, sample } = lastCompaction(database, session);
  const clues = windowClues(database, session, settings.windows);
  if (figures === undefined && clues.seen === undefined) return undefined;
  return {
    figures,
    epoch,
    percentAtStart: sample === undefined ? null : figuresOf(sample, clues).percent,
    settings,
  };
}

interface Raise {
  readonly session: string;
  readonly project: string | undefined;
  readonly place: Place;
  readonly folder: StateFolder;
  readonly store: ContextViewParts['store'];
}

function raise(database: Database, { session, project, place, folder, store }: Raise): void {
  const { figures, epoch, settings } = place;
  const { thresholds } = settings;
  const crossed = crossedNow(database, session, place);
  if (figures === undefined || crossed.length === 0) return;
  const operations = operationCount(sessionFolder(folder.throttle, session));
  const git = project === undefined ? undefined : readGitHead(project);
  store(
    crossingEvents(database, { session, epoch, figures, thresholds, crossed, operations, git }),
  );
}

/** Thresholds that were crossed and of which nobody knows yet. */
function crossedNow(
  database: Database,
  session: string,
  { figures, epoch, percentAtStart, settings }: Place,
): readonly number[] {
  if (figures === undefined) return [];
  return newCrossings({
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
  const { seen } = windowClues(database, session, settings.windows);
  const percent = figures?.percent ?? null;
  const project = stringField(row, 'project');
  const activity =
    project === undefined ? undefined : projectActivity(database, project, now - ACTIVITY_MS);
  return {
    format: 1,
    session,
    tokens: figures?.tokens ?? null,
    window: figures === undefined ? (seen?.tokens ?? null) : figures.window,
    windowSource: figures === undefined ? 'status-line' : figures.windowSource,
    percent,
    model: figures?.model ?? seen?.model ?? null,
    at: figures?.at ?? null,
    epoch,
    thresholds: settings.thresholds,
    crossed: crossings(database, session, epoch),
    ...(percent !== null && percent >= (settings.thresholds[0] ?? 100)
      ? { fills: contextFills(database, session, MOST_FILLS).largest() }
      : {}),
    ...(activity === undefined ? {} : { activity }),
  };
}

function crossings(
  database: Database,
  session: string,
  epoch: number,
): ReadonlyArray<{ readonly percent: number; readonly at: number }> {
  const rows = crossingsOf(database, session, epoch);
  return rows.map((row) => ({
    percent: numberField(row, 'threshold') ?? 0,
    at: numberField(row, 'at') ?? 0,
  }));
}
