import type { CallLook } from '../../claude/transcript/call-look.ts';
import {
  claudeTranscripts,
  type TranscriptFile,
} from '../../claude/transcript/claude-transcripts.ts';
import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';

/** How the transcripts of one client are found and read. Another agent's format is another reader, and no other code knows of it. */
export interface TranscriptReader {
  /** The session's own file first, then those of its agents. Never throws. */
  readonly files: (mainPath: string, sessionId: string) => readonly TranscriptFile[];
  /** What one line of a file says, in the order in which it stands there. Unknown lines say nothing. Never throws. */
  readonly facts: (line: string, look?: CallLook) => readonly TranscriptFact[];
}

/** By client, as `sessions.client` names it. */
export type TranscriptReaders = ReadonlyMap<string, TranscriptReader>;

export const TRANSCRIPT_READERS: TranscriptReaders = new Map([['claude-code', claudeTranscripts]]);
