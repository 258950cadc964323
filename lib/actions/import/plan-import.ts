import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { namesIn } from '../../core/files.ts';
import {
  findConfigFolder,
  findTranscripts,
  type FoundTranscript,
} from '../../claude/transcript/find-transcripts.ts';
import {
  readTranscriptEnds,
  type TranscriptEnds,
} from '../../claude/transcript/read-transcript-ends.ts';
import { readConfigFolders, readUnlearnedFolder } from '../../features/backfill/table.ts';
import { loadCursor } from '../../store/cursors.ts';
import type { Database } from '../../store/database.ts';
import { isRefreshDue } from '../../store/refreshes.ts';

/** One session that is to be imported, with all its files. */
export interface SessionToImport {
  readonly id: string;
  /**
   * Its own files, the latest last. More than one where copies of its transcript went different
   * ways.
   */
  readonly mains: readonly FoundTranscript[];
  readonly agents: readonly AgentToImport[];
  readonly ends: TranscriptEnds;
  readonly configFolder: string | undefined;
  /** Bytes that are left to read, at most. */
  readonly bytes: number;
}

/** The file of an agent, and when its conversation began and ended. */
export interface AgentToImport extends FoundTranscript {
  readonly lived: { readonly beginAt: number; readonly endAt: number } | undefined;
}

export interface ImportPlan {
  /** Folders that were looked through. */
  readonly folders: readonly string[];
  /** In the order in which they began: a fork comes after what it copied. */
  readonly sessions: readonly SessionToImport[];
  /** Sessions of which nothing new was written since they were read. */
  readonly upToDate: number;
  /** Sessions in folders that the settings leave out. */
  readonly ignored: number;
  /** Files in which no line of a conversation is. */
  readonly empty: readonly string[];
  /** `history.jsonl` and `stats-cache.json` of each config folder, where there are any. */
  readonly histories: readonly string[];
  readonly statistics: ReadonlyArray<{ readonly configFolder: string; readonly path: string }>;
}

export interface PlanParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders that a person named, in place of those that were seen. */
  readonly from: readonly string[];
  readonly ignoredProjects: readonly string[];
  /** Asked between two files. */
  readonly canContinue: () => Promise<boolean>;
}

/** Config folders: the one of the environment, the usual ones, and those of recorded sessions. */
export function listConfigFolders(
  environment: PlanParts['environment'],
  database: Database | undefined,
): readonly string[] {
  const home = environment['HOME'] ?? homedir();
  const named = environment['CLAUDE_CONFIG_DIR'];
  const known = database === undefined ? [] : readConfigFolders(database);
  const folders = [
    ...(named === undefined || named === '' ? [] : [resolve(named)]),
    ...[join(home, '.claude'), join(home, '.config', 'claude')],
    ...known,
  ];
  return [...new Set(folders)].filter((folder) => namesIn(join(folder, 'projects')).length > 0);
}

/** How many sessions the client has kept, and their bytes. Looks into no file. */
export function countTranscripts(environment: PlanParts['environment']): {
  readonly sessions: number;
  readonly bytes: number;
} {
  const found = listConfigFolders(environment, undefined).flatMap((folder) =>
    findTranscripts(folder),
  );
  return {
    sessions: new Set(found.flatMap(({ sessionId }) => sessionId ?? [])).size,
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/**
 * Finds what is to be imported, and looks at both ends of each transcript of which something is
 * left to read. Changes nothing.
 */
export async function planImport(
  database: Database | undefined,
  { environment, from, ignoredProjects, canContinue }: PlanParts,
): Promise<ImportPlan> {
  const folders = from.length > 0 ? from : listConfigFolders(environment, database);
  const configs = [...new Set(folders.flatMap((folder) => findConfigFolder(folder) ?? []))];
  const seen = new Set<string>();
  const found = folders
    .flatMap((folder) => findTranscripts(folder))
    .filter(({ inode }) => !seen.has(inode) && seen.add(inode));
  const sessions: SessionToImport[] = [];
  const empty: string[] = [];
  let [upToDate, ignored] = [0, 0];
  for (const group of groups(found).values()) {
    if (!(await canContinue())) break;
    if (database !== undefined && isDone(database, group)) {
      upToDate += 1;
      continue;
    }
    const session = inspectGroup(group, database);
    if (session === undefined) empty.push(...group.files.map(({ path }) => path));
    else if (ignoredProjects.some((part) => session.ends.cwd?.includes(part))) ignored += 1;
    else sessions.push(session);
  }
  sessions.sort(byBeginning);
  return {
    ...{ folders, sessions, upToDate, ignored, empty },
    histories: configs.map((config) => join(config, 'history.jsonl')).filter(isFile),
    statistics: configs
      .map((configFolder) => ({ configFolder, path: join(configFolder, 'stats-cache.json') }))
      .filter(({ path }) => isFile(path)),
  };
}

interface Group {
  readonly id: string;
  readonly files: FoundTranscript[];
}

function groups(found: readonly FoundTranscript[]): ReadonlyMap<string, Group> {
  const sessions = new Map<string, Group>();
  for (const file of found) {
    const id = file.sessionId ?? readTranscriptEnds(file.path)?.sessionId;
    if (id === undefined || !/^\w[\w-]{0,127}$/.test(id)) continue;
    const group = sessions.get(id) ?? { id, files: [] };
    group.files.push(file);
    sessions.set(id, group);
  }
  return sessions;
}

/**
 * Of a folder that was gone and is back there is something to learn, though all is read; once that
 * is asked for, no more.
 */
function isDone(database: Database, { id, files }: Group): boolean {
  if (!files.every((file) => isRead(database, id, file))) return false;
  if (isRefreshDue(database, 'lessons', id)) return true;
  const folder = readUnlearnedFolder(database, id);
  return folder === undefined || !existsSync(folder);
}

/** Whether the file was read to its end and has not changed since; no look into it. */
function isRead(
  database: Database,
  session: string,
  { path, bytes, inode }: FoundTranscript,
): boolean {
  const stored = loadCursor(database, { reader: 'transcript', path, session });
  return (
    stored !== undefined &&
    stored.cursor.offset === bytes &&
    inode.endsWith(`:${stored.cursor.inode}`)
  );
}

function inspectGroup(group: Group, database: Database | undefined): SessionToImport | undefined {
  const looked = group.files.map((file) => ({ file, ends: readTranscriptEnds(file.path) }));
  const all = looked.flatMap(({ ends }) => ends ?? []);
  const mains = looked
    .filter(({ file, ends }) => file.agentId === null && ends !== undefined)
    .sort((one, other) => (one.ends?.endAt ?? 0) - (other.ends?.endAt ?? 0));
  const first = mains[0]?.ends ?? all[0];
  if (first === undefined) return undefined;
  const path = mains.at(-1)?.file.path ?? group.files[0]?.path ?? '';
  const ofMains = mains.flatMap(({ ends }) => ends ?? []);
  const whole = ofMains.length > 0 ? ofMains : all;
  return {
    id: group.id,
    mains: mains.map(({ file }) => file),
    agents: looked
      .filter(({ file }) => file.agentId !== null)
      .map(({ file, ends }) => ({ ...file, lived: ends })),
    ends: {
      ...first,
      beginAt: Math.min(...whole.map(({ beginAt }) => beginAt)),
      endAt: Math.max(...whole.map(({ endAt }) => endAt)),
    },
    configFolder: findConfigFolder(path.replace(/\/[^/]*$/, '')),
    bytes: group.files.reduce((sum, file) => sum + leftOf(file, group.id, database), 0),
  };
}

function leftOf(
  { path, bytes }: FoundTranscript,
  session: string,
  database: Database | undefined,
): number {
  if (database === undefined) return bytes;
  const stored = loadCursor(database, { reader: 'transcript', path, session });
  return Math.max(0, bytes - (stored?.cursor.offset ?? 0));
}

/**
 * A fork begins with lines that are as old as those it copied; its file, and often a line of its
 * own in front, is younger.
 */
function byBeginning(one: SessionToImport, other: SessionToImport): number {
  const [a, b] = [one.mains[0], other.mains[0]];
  return (
    one.ends.beginAt - other.ends.beginAt ||
    one.ends.firstAt - other.ends.firstAt ||
    (a?.madeAt ?? 0) - (b?.madeAt ?? 0) ||
    (a?.changedAt ?? 0) - (b?.changedAt ?? 0) ||
    (one.id < other.id ? -1 : 1)
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
