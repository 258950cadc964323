import { entriesIn, webhooksFile } from '../delivery/webhooks/webhook-list.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { replaceFile } from '../core/replace-file.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { withLock } from '../core/with-lock.ts';

/** How often the lock is asked for while another command changes the list. */
const LOCK_TRIES = 10;

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
  return withLock(file, LOCK_TRIES, () => {
    const [entries, result] = change(readOrExplain(file));
    write(file, `${JSON.stringify({ webhooks: entries }, null, 2)}\n`);
    return result;
  });
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

function write(file: string, text: string): void {
  try {
    replaceFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new WaymarkError('SETTINGS_UNWRITABLE', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
