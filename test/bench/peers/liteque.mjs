import { buildDBClient, Runner, SqliteQueue } from 'liteque';
import { counter, produce, readRole, say } from './role.mjs';

const { role, folder, count, data } = readRole();
const database = buildDBClient(`${folder}/liteque.db`, { runMigrations: role === 'consume' });
// what the driver has by default that liteque is made for
database.session.client.pragma('busy_timeout = 5000');
const queue = new SqliteQueue('event', database, {
  defaultJobArgs: { numRetries: 2 },
  keepFailedJobs: false,
});

if (role === 'produce') {
  await produce(count, (n) => queue.enqueue({ ...data, n }));
} else {
  const seen = counter(count);
  const runner = new Runner(
    queue,
    { run: async () => {}, onComplete: async () => seen() },
    { concurrency: 1, pollIntervalMs: 1, timeoutSecs: 30 },
  );
  say({ ready: true });
  await runner.run();
}
