import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A transcript on the disk: a session's own file, or that of one of its agents. */
export interface FoundTranscript {
  readonly path: string;
  /**
   * `undefined` for an agent's file beside the sessions, as older clients put it: its lines name
   * the session.
   */
  readonly sessionId: string | undefined;
  /** `null` for the session's own file. */
  readonly agentId: string | null;
  readonly bytes: number;
  /** Of the file, to see that two paths name one. */
  readonly inode: string;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  readonly changedAt: number;
}

/** None begins like an option: it becomes an argument of the client. */
const SESSION_FILE = /^(\w[\w-]{0,127})\.jsonl$/;
const AGENT_FILE = /^agent-([\w-]{1,128})\.jsonl$/;

/** Folders of agents in folders of agents: more levels than the client makes. */
const MAX_LEVELS = 6;

/**
 * The transcripts below a folder: a config folder of the client, the home around one, its
 * `projects`, one folder of these, or one file. Links are followed, and each file is listed once.
 * What cannot be read is left out. Never throws.
 */
export function findTranscripts(from: string): readonly FoundTranscript[] {
  const known = new Set<string>();
  return listTranscripts(from).filter(({ inode }) => !known.has(inode) && known.add(inode));
}

/**
 * The config folder of which a folder that was given is part, or which it is or has; `undefined` if
 * there is none.
 */
export function findConfigFolder(from: string): string | undefined {
  return [from, join(from, '.claude'), dirname(from), dirname(dirname(from))].find(
    (folder) => statOf(join(folder, 'projects'))?.isDirectory() === true,
  );
}

function listTranscripts(from: string): readonly FoundTranscript[] {
  if (from.endsWith('.jsonl')) return transcriptsOf(dirname(from), [basename(from)]);
  const projects = [join(from, 'projects'), join(from, '.claude', 'projects')].find(
    (folder) => statOf(folder)?.isDirectory() === true,
  );
  if (projects !== undefined) return namesOf(projects).flatMap((name) => inBucket(projects, name));
  const own = transcriptsOf(from, namesOf(from));
  return own.length > 0 ? own : namesOf(from).flatMap((name) => inBucket(from, name));
}

function inBucket(projects: string, name: string): readonly FoundTranscript[] {
  const bucket = join(projects, name);
  return transcriptsOf(bucket, namesOf(bucket));
}

function transcriptsOf(bucket: string, names: readonly string[]): readonly FoundTranscript[] {
  return names.flatMap((name) => {
    const agent = AGENT_FILE.exec(name)?.[1];
    if (agent !== undefined) return found(join(bucket, name), undefined, agent);
    const session = SESSION_FILE.exec(name)?.[1];
    if (session !== undefined) return found(join(bucket, name), session, null);
    return agentsBelow(join(bucket, name, 'subagents'), name, 0);
  });
}

function agentsBelow(folder: string, session: string, level: number): readonly FoundTranscript[] {
  if (level > MAX_LEVELS) return [];
  return namesOf(folder).flatMap((name) => {
    const agent = AGENT_FILE.exec(name)?.[1];
    return agent === undefined
      ? name.includes('.')
        ? []
        : agentsBelow(join(folder, name), session, level + 1)
      : found(join(folder, name), session, agent);
  });
}

function found(
  path: string,
  sessionId: string | undefined,
  agentId: string | null,
): readonly FoundTranscript[] {
  const stat = statOf(path);
  if (stat?.isFile() !== true) return [];
  const times = { madeAt: Math.trunc(stat.birthtimeMs), changedAt: Math.trunc(stat.mtimeMs) };
  return [
    { path, sessionId, agentId, bytes: stat.size, inode: `${stat.dev}:${stat.ino}`, ...times },
  ];
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a circle of links, or not ours to look at
  }
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
