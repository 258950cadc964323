import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';

/** The content of each file below a folder, as a hash, by its path in the folder. */
export type FolderDigest = Readonly<Record<string, string>>;

/** The digest, or why there can be none. */
export type DigestOrProblem =
  | { readonly digest: FolderDigest; readonly problem?: undefined }
  | { readonly problem: string };

const MOST_FILES = 500;
const MOST_BYTES = 20_000_000;

interface ListedFile {
  readonly name: string;
  readonly size: number;
  readonly signature: string;
}

/** Changes when a file below the folder comes, goes or changes; looks at no content. `undefined` when the folder cannot be trusted at all. */
export function folderSignature(folder: string): string | undefined {
  const listed = listFiles(folder);
  return typeof listed === 'string' ? undefined : listed.map((file) => file.signature).join('\n');
}

/** Reads every file below the folder, those in folders of it and those that begin with a dot included. Never throws. */
export function digestFolder(folder: string): DigestOrProblem {
  const listed = listFiles(folder);
  if (typeof listed === 'string') return { problem: listed };
  try {
    return {
      digest: Object.fromEntries(
        listed.map(({ name }) => [
          name,
          createHash('sha256')
            .update(readFileSync(`${folder}/${name}`))
            .digest('hex'),
        ]),
      ),
    };
  } catch (error) {
    return { problem: `the folder cannot be read (${errnoOf(error)})` };
  }
}

/** Names of files that are not what they were, in their order. */
export function changedFiles(before: FolderDigest, now: FolderDigest): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .sort();
}

function listFiles(folder: string): readonly ListedFile[] | string {
  const files: ListedFile[] = [];
  const waiting = [''];
  try {
    for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
      for (const entry of readdirSync(below === '' ? folder : `${folder}/${below}`)) {
        const name = below === '' ? entry : `${below}/${entry}`;
        const found = lstatSync(`${folder}/${name}`);
        // what a link leads to could change without the folder
        if (found.isSymbolicLink()) return `${name} is a link`;
        if (found.isDirectory()) waiting.push(name);
        else if (!found.isFile()) return `${name} is not a file`;
        else
          files.push({
            name,
            size: found.size,
            signature: [name, found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' '),
          });
        if (files.length + waiting.length > MOST_FILES)
          return `it holds more than ${MOST_FILES} files`;
      }
    }
  } catch (error) {
    return errnoOf(error) === 'ENOENT' && files.length === 0
      ? 'there is no such folder'
      : `the folder cannot be read (${errnoOf(error)})`;
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return bytes > MOST_BYTES ? `it holds more than ${MOST_BYTES / 1_000_000} MB` : files;
}
