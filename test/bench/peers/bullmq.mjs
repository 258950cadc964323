import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { counter, produce, readRole, say } from './role.mjs';

const { role, folder, count, data, port } = readRole();
const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
const name = folder.replace(/\W+/g, '-'); // a queue of its own per run

if (role === 'produce') {
  const queue = new Queue(name, { connection });
  await produce(count, (n) => queue.add('event', { ...data, n }, { removeOnComplete: true }));
  await queue.close();
  connection.disconnect();
} else {
  const worker = new Worker(name, async () => {}, { connection, concurrency: 10 });
  worker.on('completed', counter(count));
  await worker.waitUntilReady();
  say({ ready: true });
}
