import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAllSlices } from '../../lib/core/sliced.ts';
import { archiveSession, SessionMemory } from '../../lib/journal/transcripts/archive-session.ts';
import { writeTranscripts } from './write-transcripts.ts';

/**
 * How large the archive of sessions is that were archived while they were at work, before and after
 * their end, and of such that were archived after it: `npx tsx test/bench/active-archive.ts
 * [MEGABYTES]`. Sessions grow by 20 kB from one look to the next. Prints parts of the size.
 */
const MEGABYTES = Number(process.argv[2] ?? 40);
const STEP_BYTES = 20_000;

function main(root: string): void {
  let [all, before] = [0, 0];
  const made = join(root, 'made');
  const written = writeTranscripts(made, MEGABYTES);
  const [atWork, afterwards] = [join(root, 'at-work'), join(root, 'afterwards')];
  for (const path of transcriptsIn(made)) {
    const base = join(root, 'live');
    const session = path.split('/').at(-1)?.replace('.jsonl', '') ?? '';
    const files = { session, base, paths: ['session.jsonl'] };
    const archive = (to: string, isClosed: boolean, memory = new SessionMemory()) =>
      runAllSlices(archiveSession(files, { archive: to, clock: Date.now, isClosed, memory }));
    rmSync(base, { recursive: true, force: true });
    mkdirSync(base);
    const content = readFileSync(path);
    const memory = new SessionMemory();
    for (let at = 0; at < content.length; at += STEP_BYTES) {
      appendFileSync(`${base}/session.jsonl`, content.subarray(at, at + STEP_BYTES));
      archive(atWork, false, memory);
    }
    before += bytesIn(join(atWork, 'transcripts', session));
    archive(atWork, true, memory);
    archive(afterwards, true);
    all += content.length;
  }
  const part = (bytes: number): string => `${((100 * bytes) / all).toFixed(1)} %`;
  console.log(`${written.sessions} sessions, ${all} bytes without agents; the archive is`);
  console.log(`at work: ${part(before)}, after their end: ${part(bytesIn(atWork))}`);
  console.log(`archived after their end: ${part(bytesIn(afterwards))}`);
}

function transcriptsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.jsonl') && !path.includes('subagents'))
    .map((path) => join(folder, path));
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(folder, path)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}

const root = mkdtempSync(`${tmpdir()}/waymark-active-`);
try {
  main(root);
} finally {
  rmSync(root, { recursive: true });
}
