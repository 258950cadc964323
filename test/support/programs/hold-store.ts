import { holdStore } from '../../../lib/snapshots/hold-store.ts';

// Takes the lock of the store in its first argument, says so, and keeps it until it is killed.
const lock = await holdStore({ folder: process.argv[2] ?? '' }, 0);
process.stdout.write(lock === undefined ? 'busy\n' : 'held\n');
setInterval(() => lock, 60_000);
