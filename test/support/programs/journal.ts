import { writeSync } from 'node:fs';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { type JournalOrder, openTestJournal } from '../test-journal.ts';
import { readOrder } from './order.ts';

// Writes events to their files until nothing is left to do, or dies at the step that the order
// names.
const order = readOrder<JournalOrder>();
const folder = stateFolderAt(order.home);
const database = openStore(folder.store, sqliteDriver(), 'NORMAL');
let left = order.nth;

function die(): void {
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}

const journal = openTestJournal(folder, () => order.now, database, {
  onStep: (step) => {
    if (step === order.dieAt) die();
  },
  write: (fd, bytes, offset, length, position) => {
    if (order.dieAt !== 'within a write') return writeSync(fd, bytes, offset, length, position);
    const part = writeSync(fd, bytes, offset, Math.ceil(length / 2), position);
    die();
    return part;
  },
});
journal.maintain();
while ((await journal.step()) === 0);
database.close();
