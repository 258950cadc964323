import { existsSync, readFileSync, rmSync } from 'node:fs';
import { HOUR_MS } from '../../core/clock.ts';
import { parseJsonObject, stringField } from '../../core/json.ts';
import { writeView } from '../../core/write-view.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { type GitCache, gitCache } from './git-cache.ts';
import type { GitState } from '../../git/git-state.ts';
import { latestSessions } from './table.ts';
import type { LessonOf } from './recent-work.ts';
import { hasWork, resumeText } from './resume-text.ts';
import { type WhereYouWere, whereYouWere } from './where-you-were.ts';

const MOST_PROJECTS = 256;

export interface ResumeViewParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly lessonOf: (database: Database) => LessonOf;
  readonly readGit: (folder: string) => Promise<GitState | undefined>;
}

/**
 * Makes views/resume/<session>.json, and the file of the latest sessions of its project. The git state follows in a second write a moment later:
 * the worker does not wait for it. A session that was forgotten loses its view.
 * @returns the refresher of the kind `resume`; its key is a session.
 */
export function resumeRefresher(
  parts: ResumeViewParts,
): (database: Database, session: string) => void {
  const { folder, clock } = parts;
  const { views } = folder;
  const git = gitCache(parts.readGit, clock);
  const written = new Map<string, string>();
  return (database, session) => {
    const where = whereYouWere(database, session, parts.lessonOf(database));
    const project =
      where === undefined ? projectIn(`${views}/resume/${session}.json`) : where.project;
    if (where === undefined) rmSync(`${views}/resume/${session}.json`, { force: true });
    else writeBoth(views, where, git, clock);
    if (project !== undefined && project !== null) writeProject(views, database, project, written);
  };
}

function writeBoth(views: string, where: WhereYouWere, git: GitCache, clock: () => number): void {
  const write = (state: GitState | undefined): void => {
    const text = resumeText(where, state) ?? null;
    const view = {
      format: 1,
      at: clock(),
      ...where,
      git: state ?? null,
      hasWork: hasWork(where),
      text,
    };
    writeView(views, `resume/${where.session}.json`, JSON.stringify(view));
  };
  write(git.known(where.session));
  git.ask(where, (state) => {
    try {
      write(state);
    } catch {
      // the state folder went away meanwhile
    }
  });
}

/** Left alone while nothing but the time of the last event changes, and that by less than an hour: most refreshes then cost one file less. */
function writeProject(
  views: string,
  database: Database,
  project: string,
  written: Map<string, string>,
): void {
  const sessions = latestSessions(database, project);
  const file = `resume/by-project/${shortHash16(project)}.json`;
  const state = JSON.stringify(
    sessions.map((session) => ({
      ...session,
      lastEventAt: Math.floor(session.lastEventAt / HOUR_MS),
    })),
  );
  if (written.get(file) === state && existsSync(`${views}/${file}`)) return;
  writeView(views, file, JSON.stringify({ format: 1, project, sessions }));
  if (written.size >= MOST_PROJECTS) written.clear();
  written.set(file, state);
}

function projectIn(file: string): string | undefined {
  try {
    return stringField(parseJsonObject(readFileSync(file, 'utf8')) ?? {}, 'project');
  } catch {
    return undefined; // it never had a view
  }
}
