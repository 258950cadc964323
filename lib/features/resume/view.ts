import { existsSync, readFileSync, rmSync } from 'node:fs';
import { HOUR_MS } from '../../core/clock.ts';
import { parseJsonObject, stringField } from '../../core/json.ts';
import { writeView } from '../../core/write-view.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { type GitCache, gitCache } from './git-cache.ts';
import type { GitState } from '../../git/git-state.ts';
import { type LatestSession, latestSessions } from './table.ts';
import type { LessonOf } from './recent-work.ts';
import { hasWork, resumeText } from './resume-text.ts';
import { type WhereYouWere, whereYouWere } from './where-you-were.ts';

const MOST_PROJECTS = 256;
const MOST_BODIES = 64;

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
  const projects = new ProjectFiles(views);
  const bodies = new Map<string, string>();
  return (database, session) => {
    const where = whereYouWere(database, session, parts.lessonOf(database));
    const project =
      where === undefined ? projectIn(`${views}/resume/${session}.json`) : where.project;
    if (where === undefined) rmSync(`${views}/resume/${session}.json`, { force: true });
    else writeBoth({ views, git, clock, bodies }, where);
    if (project !== undefined && project !== null) projects.keep(database, project);
  };
}

interface WriteParts {
  readonly views: string;
  readonly git: GitCache;
  readonly clock: () => number;
  /** What was written last, by session, without its time: a view that says the same is left alone. */
  readonly bodies: Map<string, string>;
}

function writeBoth({ views, git, clock, bodies }: WriteParts, where: WhereYouWere): void {
  const file = `resume/${where.session}.json`;
  const write = (state: GitState | undefined): void => {
    const text = resumeText(where, state) ?? null;
    const body = { ...where, git: state ?? null, hasWork: hasWork(where), text };
    const said = JSON.stringify(body);
    if (bodies.get(where.session) === said && existsSync(`${views}/${file}`)) return;
    writeView(views, file, JSON.stringify({ format: 1, at: clock(), ...body }));
    bodies.delete(where.session);
    bodies.set(where.session, said);
    if (bodies.size > MOST_BODIES) bodies.delete(bodies.keys().next().value ?? '');
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

/** The kind of a request for the file of a project whose sessions are the same, and only in another order. */
export const LATEST_SESSIONS = 'latest-sessions';

/** @returns the refresher of the kind {@link LATEST_SESSIONS}; its key is a project. */
export function latestRefresher({
  folder,
}: Pick<ResumeViewParts, 'folder'>): (database: Database, project: string) => void {
  return (database, project) =>
    writeProject(folder.views, project, latestSessions(database, project));
}

/** The files that tell the latest sessions of each project. */
class ProjectFiles {
  readonly #views: string;
  readonly #written = new Map<string, { readonly state: string; readonly members: string }>();

  constructor(views: string) {
    this.#views = views;
  }

  /**
   * Written when a session comes, goes or gets another client. Left alone while nothing but the time of the last event changes, and that by less than an hour.
   * Several sessions at work overtake each other all the time: that is written at a pace.
   */
  keep(database: Database, project: string): void {
    const sessions = latestSessions(database, project);
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
    if (this.#written.size >= MOST_PROJECTS) this.#written.clear();
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
