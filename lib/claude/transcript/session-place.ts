/** Claude Code cuts the name of a longer folder, and adds a hash of the whole. */
const MAX_NAME_LENGTH = 200;

/**
 * The name of the folder below `projects/` in which Claude Code keeps the transcripts of sessions
 * that run in `cwd`.
 */
export function projectFolderName(cwd: string): string {
  const name = cwd.replace(/[^A-Za-z0-9]/g, '-');
  return name.length <= MAX_NAME_LENGTH
    ? name
    : `${name.slice(0, MAX_NAME_LENGTH)}-${hashOf(cwd).toString(36)}`;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1)
    hash = ((hash << 5) - hash + text.charCodeAt(index)) | 0;
  return Math.abs(hash);
}

/** Where a file of a session is below a config folder. */
export interface FootprintPlace {
  /** The folder below `projects/`; `undefined` for a file that is in none. */
  readonly bucket: string | undefined;
  readonly isTranscript: boolean;
}

const SEGMENT = /^[^/\0]{1,255}$/;

/** The place that a path names, or `undefined` when it is no place of a file of this session. */
export function parseFootprintPath(path: string, session: string): FootprintPlace | undefined {
  const parts = path.split('/');
  if (parts.length > 40 || !parts.every((part) => SEGMENT.test(part) && !/^\.{1,2}$/.test(part)))
    return undefined;
  const [first, second, third] = parts;
  if (path === `${session}.jsonl`) return { bucket: undefined, isTranscript: true };
  if (first === session && parts.length > 1) return { bucket: undefined, isTranscript: false };
  if (first === 'projects' && parts.length === 3 && third === `${session}.jsonl`)
    return { bucket: second, isTranscript: true };
  if (first === 'projects' && parts.length > 3 && third === session)
    return { bucket: second, isTranscript: false };
  if ((first === 'file-history' || first === 'tasks') && second === session && parts.length > 2)
    return { bucket: undefined, isTranscript: false };
  return undefined;
}

/** The same path with its folder below `projects/` exchanged. */
export function moveToProjectFolder(path: string, bucket: string): string {
  return path.replace(/^projects\/[^/]+\//, `projects/${bucket}/`);
}
