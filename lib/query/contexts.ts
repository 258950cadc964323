import { isoTime } from '../core/clock.ts';
import type { ModelWindows } from '../claude/model-windows.ts';
import { activeSessions } from '../features/context/active-sessions.ts';
import {
  activeProjects,
  CHANGE_KINDS,
  projectActivity,
  readWatched,
} from '../features/context/activity.ts';
import { contextFigures } from '../features/context/figures.ts';
import type { Database } from '../store/database.ts';

/** How full the context of one session is. Field names are a contract. */
export interface ContextState {
  readonly session: string;
  readonly project: string | null;
  readonly tokens: number;
  readonly window: number | null;
  readonly windowSource: string | null;
  readonly percent: number | null;
}

/** What happened to files below one folder. Field names are a contract. */
export interface ProjectActivity {
  readonly project: string;
  readonly created: number;
  readonly modified: number;
  readonly deleted: number;
  readonly moved: number;
  readonly lastAt: string | null;
  /** Folders of the tree that are watched now; `null` when it is not watched. */
  readonly watchedFolders: number | null;
  /** Whether folders were left out, so that the counts are too low. */
  readonly isCut: boolean;
  /** Why the system refused to watch more. */
  readonly trouble: string | null;
}

const HOUR_MS = 60 * 60 * 1000;
const MOST = 10;

/** The contexts of active sessions, latest first. */
export function readContexts(
  database: Database,
  now: number,
  windows: ModelWindows,
): readonly ContextState[] {
  const found = activeSessions(database, now).flatMap(({ id, project }) => {
    const figures = contextFigures(database, id, windows);
    if (figures === undefined) return [];
    const { tokens, window, windowSource, percent } = figures;
    return { session: id, project: project ?? null, tokens, window, windowSource, percent };
  });
  return found.slice(0, MOST);
}

/** Folders with changes in the last hour, latest first, and those that a living worker watches without any. */
export function readActivity(
  database: Database,
  now: number,
  hasWorker: boolean,
): readonly ProjectActivity[] {
  const watched = new Map(
    (hasWorker ? readWatched(database) : []).map((one) => [one.project, one]),
  );
  const projects = new Set([...activeProjects(database, now - HOUR_MS), ...watched.keys()]);
  return [...projects].slice(0, MOST).map((project) => {
    const counts = projectActivity(database, project, now - HOUR_MS);
    const [created = 0, modified = 0, deleted = 0, moved = 0] = CHANGE_KINDS.map(
      (kind) => counts?.[kind],
    );
    const watch = watched.get(project);
    return {
      project,
      created,
      modified,
      deleted,
      moved,
      lastAt: counts === undefined ? null : isoTime(counts.lastAt),
      watchedFolders: watch?.folders ?? null,
      isCut: watch?.isCut ?? false,
      trouble: watch?.trouble ?? null,
    };
  });
}
