import { lstatSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';

/** The files that Claude Code keeps for one session, below one config folder. */
export interface Footprint {
  readonly session: string;
  /** The config folder; where a transcript is in no such place, the folder that it is in. */
  readonly base: string;
  /** Below that folder, with `/`, the transcript first. */
  readonly paths: readonly string[];
}

const SESSION = /^\w[\w-]{0,127}$/;
const PLACE = /^(.+)\/projects\/([^/]+)\/[^/]+\.jsonl$/;

/**
 * More files than any session has: a folder that was filled by something else must not hold the
 * worker.
 */
const MAX_FILES = 20_000;

/**
 * The files of a session that are there: its transcript, what is in the folder beside it (agents,
 * large results), its file history and its tasks. Symbolic links are neither listed nor followed.
 * `undefined`: the path does not name the transcript of this session.
 */
export function listFootprint(transcriptPath: string, session: string): Footprint | undefined {
  const place = placeOfTranscript(transcriptPath, session);
  if (place === undefined) return undefined;
  const { base, transcript } = place;
  const paths = [
    ...(isFile(`${base}/${transcript}`) ? [transcript] : []),
    ...foldersOf(place, session).flatMap((folder) => listFilesBelow(base, folder)),
  ];
  return { session, base, paths: paths.slice(0, MAX_FILES) };
}

/** The folders of a footprint below its base, whether they are there or not. */
export function listFootprintFolders(transcriptPath: string, session: string): readonly string[] {
  const place = placeOfTranscript(transcriptPath, session);
  if (place === undefined) return [];
  return foldersOf(place, session).map((folder) => `${place.base}/${folder}`);
}

interface Place {
  readonly base: string;
  readonly transcript: string;
  readonly isInConfig: boolean;
}

function placeOfTranscript(path: string, session: string): Place | undefined {
  if (!path.startsWith('/') || !SESSION.test(session)) return undefined;
  if (posix.basename(path) !== `${session}.jsonl` || path !== posix.normalize(path))
    return undefined;
  const [, base, bucket] = PLACE.exec(path) ?? [];
  if (base === undefined || bucket === undefined)
    return { base: posix.dirname(path), transcript: `${session}.jsonl`, isInConfig: false };
  return { base, transcript: `projects/${bucket}/${session}.jsonl`, isInConfig: true };
}

function foldersOf({ transcript, isInConfig }: Place, session: string): readonly string[] {
  const beside = transcript.slice(0, -'.jsonl'.length);
  return isInConfig ? [beside, `file-history/${session}`, `tasks/${session}`] : [beside];
}

function listFilesBelow(base: string, folder: string): readonly string[] {
  const found: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    if (found.length >= MAX_FILES) break;
    for (const entry of entriesOf(`${base}/${next}`)) {
      if (entry.isFile()) found.push(`${next}/${entry.name}`);
      else if (entry.isDirectory()) folders.push(`${next}/${entry.name}`);
    }
  }
  return found.toSorted();
}

function entriesOf(folder: string) {
  try {
    return lstatSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];
  } catch {
    return []; // not there, or not ours to read
  }
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}
