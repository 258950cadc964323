import { existsSync, readFileSync, rmSync } from 'node:fs';
import { HOUR_MS } from '../../core/clock.ts';
import { parseJsonObject, stringField } from '../../core/json.ts';
import { writeView } from '../../core/write-view.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { type GitCache, createGitCache } from './git-cache.ts';
import type { GitState } from '../../git/git-state.ts';
import { type LatestSession, readLatestSessions } from './table.ts';
import type { LessonOf } from './recent-work.ts';
import { hasWork, formatResumeText } from './resume-text.ts';
import { type ResumeState, readResumeState } from './resume-state.ts';

const MAX_PROJECTS = 256;
const MAX_BODIES = 64;

export interface ResumeViewParts {
  readonly folder: StateFolder;
  readonly clock: () => number;
  readonly lessonOf: (database: Database) => LessonOf;
  readonly readGit: (folder: string) => Promise<GitState | undefined>;
  /** Returns the command that starts waymark in the folders where views are read. */
  readonly command: () => string;
}

/**
 * Creates the refresher of the kind `resume`; its key is a session. It writes
 * views/resume/<session>.json, and the file of the latest sessions of its project. The git state
 * follows in a second write a moment later, because the worker does not wait for it. If the session
 * was forgotten, it deletes the view.
 */
export function createResumeRefresher(
  parts: ResumeViewParts,
): (database: Database, session: string) => void {
  const { folder, clock, command } = parts;
  const { views } = folder;
  const git = createGitCache(parts.readGit, clock);
  const projects = new ProjectFiles(views);
  const bodies = new Map<string, string>();
  return (database, session) => {
    const where = readResumeState(database, session, parts.lessonOf(database));
    const project =
      where === undefined ? projectIn(`${views}/resume/${session}.json`) : where.project;
    if (where === undefined) rmSync(`${views}/resume/${session}.json`, { force: true });
    else writeBoth({ views, git, clock, bodies, command }, where);
    if (project !== undefined && project !== null) projects.keep(database, project);
  };
}

interface WriteParts {
  readonly views: string;
  readonly git: GitCache;
  readonly clock: () => number;
  /**
   * The last written content by session, without its time: an unchanged view is not written again.
   */
  readonly bodies: Map<string, string>;
  readonly command: () => string;
}

function writeBoth({ views, git, clock, bodies, command }: WriteParts, where: ResumeState): void {
  const file = `resume/${where.session}.json`;
  const write = (state: GitState | undefined): void => {
    const text = formatResumeText(where, state, command) ?? null;
    const body = { ...where, git: state ?? null, hasWork: hasWork(where), text };
    const said = JSON.stringify(body);
    if (bodies.get(where.session) === said && existsSync(`${views}/${file}`)) return;
    writeView(views, file, JSON.stringify({ format: 1, at: clock(), ...body }));
    bodies.delete(where.session);
    bodies.set(where.session, said);
    if (bodies.size > MAX_BODIES) bodies.delete(bodies.keys().next().value ?? '');
  };
  write(git.known(where.session));
  git.ask(where, (state) => {
    try {
      write(state);
    } catch {
      // the state folder was removed meanwhile
    }
  });
}

/** Kind of a refresh request for a project's file in which only the order of sessions changes. */
export const LATEST_SESSIONS = 'latest-sessions';

/** Creates the refresher of the kind {@link LATEST_SESSIONS}; its key is a project. */
export function createLatestSessionsRefresher({
  folder,
}: Pick<ResumeViewParts, 'folder'>): (database: Database, project: string) => void {
  return (database, project) =>
    writeProject(folder.views, project, readLatestSessions(database, project));
}

/** The files that list the latest sessions of each project. */
class ProjectFiles {
  readonly #views: string;
  readonly #written = new Map<string, { readonly state: string; readonly members: string }>();

  constructor(views: string) {
    this.#views = views;
  }

  /**
   * Writes the file when a session starts, ends or gets another client. It is not written if only
   * the time of the last event changes, by less than an hour. Several active sessions change their
   * order all the time: that is written at a slower pace.
   */
  keep(database: Database, project: string): void {
    const sessions = readLatestSessions(database, project);
    const state = JSON.stringify(
      sessions.map((session) => ({
        ...session,
        lastEventAt: Math.floor(session.lastEventAt / HOUR_MS),
      })),
    );
    const members = JSON.stringify(
      sessions.map(({ session, ended, client }) => JSON.stringify([session, ended, client])).sort(),
    );
    const known = existsSync(`${this.#views}/${fileOf(project)}`)
      ? this.#written.get(project)
      : undefined;
    if (known?.state === state) return;
    if (known?.members === members) requestRefresh(database, LATEST_SESSIONS, [project]);
    else writeProject(this.#views, project, sessions);
    if (this.#written.size >= MAX_PROJECTS) this.#written.clear();
    this.#written.set(project, { state, members });
  }
}

function writeProject(views: string, project: string, sessions: readonly LatestSession[]): void {
  writeView(views, fileOf(project), JSON.stringify({ format: 1, project, sessions }));
}

function fileOf(project: string): string {
  return `resume/by-project/${shortHash16(project)}.json`;
}

function projectIn(file: string): string | undefined {
  try {
    return stringField(parseJsonObject(readFileSync(file, 'utf8')) ?? {}, 'project');
  } catch {
    return undefined; // it never had a view
  }
}
