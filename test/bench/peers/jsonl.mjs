import { appendFileSync, closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { counter, produce, readRole, say } from './role.mjs';

const { role, folder, count, data } = readRole();
const file = `${folder}/events.jsonl`;

if (role === 'produce') {
  await produce(count, (n) => appendFileSync(file, `${JSON.stringify({ ...data, n })}\n`));
} else {
  writeFileSync(file, '', { flag: 'a' });
  say({ ready: true });
  await follow(counter(count));
}

/** Parses each line as it comes. */
async function follow(seen) {
  const fd = openSync(file, 'r');
  const chunk = Buffer.alloc(1024 * 1024);
  let rest = '';
  for (let left = count; left > 0; ) {
    const size = readSync(fd, chunk);
    if (size === 0) await sleep(1);
    const lines = (rest + chunk.toString('utf8', 0, size)).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      JSON.parse(line);
      seen();
    }
    left -= lines.length;
  }
  closeSync(fd);
}
