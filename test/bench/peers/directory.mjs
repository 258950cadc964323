import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { counter, produce, readRole, say } from './role.mjs';

// The floor of a directory queue: one file per entry, claimed by rename, one row each, in batches;
// nothing else.
const { role, folder, count, data, everyMs = 0, lookMs = 1 } = readRole();
const [tmp, pending, processing] = ['tmp', 'pending', 'processing'].map((name) => {
  mkdirSync(`${folder}/${name}`, { recursive: true });
  return `${folder}/${name}`;
});
const BATCH = 256;

if (role === 'produce') {
  await produce(
    count,
    (n) => {
      const name = `${String(n).padStart(9, '0')}.json`;
      writeFileSync(`${tmp}/${name}`, JSON.stringify({ ...data, n }), { flag: 'wx' });
      renameSync(`${tmp}/${name}`, `${pending}/${name}`);
    },
    everyMs,
  );
} else {
  const database = new Database(`${folder}/directory.db`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  database.exec('CREATE TABLE entries (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID');
  const insert = database.prepare('INSERT INTO entries (id, body) VALUES (?, ?)');
  say({ ready: true });
  await consume(counter(count), database, insert);
}

async function consume(seen, database, insert) {
  for (let left = count; left > 0; ) {
    const names = readdirSync(pending).sort();
    if (names.length === 0 || everyMs > 0) await sleep(lookMs);
    for (let at = 0; at < names.length; at += BATCH) {
      const batch = names.slice(at, at + BATCH);
      for (const name of batch) renameSync(`${pending}/${name}`, `${processing}/${name}`);
      const bodies = batch.map((name) => readFileSync(`${processing}/${name}`, 'utf8'));
      database.exec('BEGIN IMMEDIATE');
      for (const [index, body] of bodies.entries()) {
        JSON.parse(body);
        insert.run(batch[index], body);
      }
      database.exec('COMMIT');
      for (const name of batch) {
        unlinkSync(`${processing}/${name}`);
        seen();
      }
      left -= batch.length;
    }
  }
}
