import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker } from 'plainjob';
import { counter, produce, readRole, say } from './role.mjs';

const { role, folder, count, data } = readRole();
const silent = { error: console.error, warn() {}, info() {}, debug() {} };
const queue = defineQueue({
  connection: better(new Database(`${folder}/plainjob.db`)),
  logger: silent,
});

if (role === 'produce') {
  await produce(count, (n) => queue.add('event', { ...data, n }));
} else {
  const worker = defineWorker('event', () => {}, {
    queue,
    logger: silent,
    pollIntervall: 1,
    onCompleted: counter(count),
  });
  say({ ready: true });
  await worker.start();
}
