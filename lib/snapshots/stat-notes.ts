import type { BytePath } from './restore/path-state.ts';

/** What git does not keep of a file: its permission bits and the time of its last change. */
export interface StatNote {
  /** Permission bits. */
  readonly mode: number;
  /** Nanoseconds since the epoch, in decimal. */
  readonly mtimeNs: string;
  readonly size: number;
}

/** Of the files and links of one folder, by name; of the folder itself, by {@link OWN_NOTE}. */
export type FolderNotes = ReadonlyMap<BytePath, StatNote>;

/** No file has this name. */
export const OWN_NOTE = '.';

/** Notes of one folder as the content of a file, the same for the same notes. */
export function writeNotes(notes: FolderNotes): Buffer {
  const lines = [...notes]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { mode, mtimeNs, size }]) => `${mode.toString(8)} ${mtimeNs} ${size}\t${name}\0`);
  return Buffer.from(lines.join(''), 'latin1');
}

/** What is not of waymark is skipped. */
export function readNotes(content: Buffer): Map<BytePath, StatNote> {
  const notes = new Map<BytePath, StatNote>();
  for (const line of content.toString('latin1').split('\0')) {
    const [, mode, mtimeNs, size, name] = /^([0-7]+) (-?\d+) (\d+)\t(.+)$/s.exec(line) ?? [];
    if (mode !== undefined && mtimeNs !== undefined && name !== undefined)
      notes.set(name, { mode: Number.parseInt(mode, 8), mtimeNs, size: Number(size) });
  }
  return notes;
}

/**
 * Where the notes of a folder are in a snapshot. Folders are `d…` and the notes `s`, so that no
 * name of the work tree clashes with a name of waymark. Bytes that mean something to the line
 * formats of git
 * are written as `%xx`.
 */
export function notesPath(folder: BytePath): string {
  const parts = folder === '' ? [] : folder.split('/');
  return ['stat', ...parts.map((part) => `d${escapeBytes(part)}`), 's'].join('/');
}

/** The folder whose notes are at a path; `undefined` for any other path. */
export function folderOfNotes(path: string): BytePath | undefined {
  const parts = path.split('/');
  if (parts.shift() !== 'stat' || parts.pop() !== 's') return undefined;
  return parts.every((part) => part.startsWith('d'))
    ? parts.map((part) => unescapeBytes(part.slice(1))).join('/')
    : undefined;
}

function escapeBytes(name: string): string {
  return name.replace(
    /[^!#$&-[\]^-~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function unescapeBytes(name: string): string {
  return name.replace(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
