import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseLine } from './parse-line.ts';

/** One transcript file of a session; `agentId` is `null` for the main one. */
export interface TranscriptFile {
  readonly path: string;
  readonly agentId: string | null;
}

/** Claude Code's transcripts: lines of JSON, in one file per session and one per agent. */
export const claudeTranscripts = { files: transcriptFiles, facts: parseLine } as const;

const AGENT_FILE = /^agent-([\w-]{1,128})\.jsonl$/;

/**
 * The main transcript, and those of the session's agents, in `<session id>/subagents/` beside it.
 */
function transcriptFiles(mainPath: string, sessionId: string): readonly TranscriptFile[] {
  const main = { path: mainPath, agentId: null };
  if (!/^\w[\w-]{0,127}$/.test(sessionId)) return [main]; // never a path that leads elsewhere
  const folder = join(dirname(mainPath), sessionId, 'subagents');
  const agents = listFilesBelow(folder).flatMap((path) => {
    const agentId = AGENT_FILE.exec(basename(path))?.[1];
    return agentId === undefined ? [] : { path, agentId };
  });
  return [main, ...agents];
}

function listFilesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return []; // no agents yet; an unreadable folder shows as operations that are missing
  }
}
