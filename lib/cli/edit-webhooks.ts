import { lock } from 'proper-lockfile';
import { entriesIn, webhooksFile } from '../bus/webhooks/webhook-list.ts';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { replaceFile } from '../core/replace-file.ts';
import { makePrivateFolder, type StateFolder } from '../core/state-folder.ts';

/** Age from which a lock that nobody renews counts as left behind by a dead program. */
const STALE_MS = 10_000;

/**
 * Changes the list of webhooks, alone while it does; a running worker takes the change up. Entries that cannot be used are left to whoever wrote them.
 * @returns what `change` returns beside the new list.
 * @throws {@link WaymarkError} WEBHOOK_INVALID for a list that cannot be read, SETTINGS_UNWRITABLE; whatever `change` throws. The file is then as it was.
 */
export async function editWebhooks<Result>(
  folder: StateFolder,
  change: (entries: readonly unknown[]) => readonly [readonly unknown[], Result],
): Promise<Result> {
  const file = webhooksFile(folder.root);
  const release = await acquire(folder, file);
  try {
    const [entries, result] = change(readOrExplain(file));
    write(file, `${JSON.stringify({ webhooks: entries }, null, 2)}\n`);
    return result;
  } finally {
    await release().catch(() => undefined); // compromised: the file is written already, and a stale lock goes away by itself
  }
}

/** What {@link entriesIn} finds. @throws {@link WaymarkError} WEBHOOK_INVALID */
export function readOrExplain(file: string): readonly unknown[] {
  try {
    return entriesIn(file);
  } catch (error) {
    throw new WaymarkError('WEBHOOK_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Mend the file by hand; it was left as it is.',
    });
  }
}

async function acquire(folder: StateFolder, file: string): Promise<() => Promise<void>> {
  try {
    makePrivateFolder(folder.root);
    // what could compromise the lock is a pause of 10 s within a few system calls; the rename that follows is whole either way
    return await lock(file, { realpath: false, stale: STALE_MS, retries: { retries: 10, minTimeout: 50, maxTimeout: 500 }, onCompromised: () => undefined });
  } catch (error) {
    const reason = errnoOf(error) === 'ELOCKED' ? `another program holds ${file}.lock` : reasonOf(error);
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot lock ${file}: ${reason}`, { cause: error });
  }
}

function write(file: string, text: string): void {
  try {
    replaceFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot write ${file}: ${reasonOf(error)}`, { cause: error });
  }
}
