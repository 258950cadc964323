import { callStoreGit, type StoreGit } from '../git/store-git.ts';

/**
 * The content of objects, in the order asked for.
 * @param names Object ids, or `TREE:PATH` without line breaks.
 * @returns `undefined` for each that is missing.
 * @throws {@link GitFailure}
 */
export async function readObjects(
  git: StoreGit,
  names: readonly string[],
): Promise<ReadonlyArray<Buffer | undefined>> {
  if (names.length === 0) return [];
  const input = Buffer.from(names.map((name) => `${name}\n`).join(''), 'latin1');
  const printed = await callStoreGit(git, ['cat-file', '--batch'], { input });
  let offset = 0;
  return names.map(() => {
    const end = printed.indexOf(LINE_BREAK, offset);
    const head = printed.toString('latin1', offset, end);
    offset = end + 1;
    const size = /^[0-9a-f]{40,64} \w+ (\d+)$/.exec(head)?.[1];
    if (size === undefined) return undefined; // `NAME missing`
    const content = printed.subarray(offset, offset + Number(size));
    offset += Number(size) + 1;
    return content;
  });
}

const LINE_BREAK = 0x0a;
