import { readdir } from 'node:fs/promises';
import { isOdd } from './odd-git-files.ts';

/**
 * Looks, while a call of git takes long, whether it waits for a pipe in the place of a
 * `.gitignore` or `.gitattributes`: git opens these without looking what they are.
 * @param afterMs When it looks first; then after twice that time, and so on.
 * @param onFound Called once, with the path.
 * @returns a function that ends it.
 */
export function watchRules(
  workTree: string,
  onFound: (path: string) => void,
  afterMs = FIRST_LOOK_MS,
): () => void {
  let isEnded = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number): void => {
    timer = setTimeout(() => {
      void findOddRules(workTree, () => isEnded).then((path) => {
        if (isEnded) return;
        if (path === undefined) wait(2 * ms);
        else onFound(path);
      });
    }, ms);
  };
  wait(afterMs);
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}

const FIRST_LOOK_MS = 5_000;

/** Breadth first; never throws. */
async function findOddRules(workTree: string, isEnded: () => boolean): Promise<string | undefined> {
  const folders = [workTree];
  for (const folder of folders) {
    if (isEnded()) return undefined;
    for (const entry of await entriesOf(folder)) {
      const path = `${folder}/${entry.name}`;
      if (RULES.has(entry.name) && isOdd(path)) return path;
      if (entry.isDirectory() && entry.name !== '.git' && folders.length < MAX_FOLDERS)
        folders.push(path);
    }
  }
  return undefined;
}

const RULES = new Set(['.gitignore', '.gitattributes']);

const MAX_FOLDERS = 200_000;

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
