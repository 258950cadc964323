import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { namesIn, readLines, testHome, type TestHome } from '../support/test-home.ts';

const FLAGS = { readTimeout: 0.2, readTimeoutMax: 0.2, recoverInterval: 0.1, maxAttempts: 3 };

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

describe('one poison entry among 256', () => {
  it('kills its worker each time, reaches dead/ after its attempts, and all its neighbours arrive', async () => {
    const home = testHome();
    const ids = Array.from({ length: 128 }, () => home.enqueue());
    const poison = home.enqueue({ payload: { session_id: 's1', prompt: 'POISON' } });
    ids.push(...Array.from({ length: 127 }, () => home.enqueue()));
    let deaths = 0;
    while (!home.isQuiet() && deaths < 10) {
      const worker = programs.worker({
        home: home.root,
        flags: FLAGS,
        once: true,
        poison: 'SIGKILL',
      });
      if ((await worker.exited).signal === 'SIGKILL') deaths += 1;
    }
    expect(deaths).toBe(FLAGS.maxAttempts);
    expect(home.count("events WHERE type = 'session.prompt_submitted'")).toBe(ids.length);
    expect(
      ids.filter((id) => home.rows('SELECT 1 FROM events WHERE id = ?', id).length === 0),
    ).toEqual([]);
    const [dead, reason] = [...namesIn(home.queue.dead)].sort();
    expect(readFileSync(`${home.queue.dead}/${dead}`, 'utf8')).toContain(poison);
    expect(JSON.parse(readFileSync(`${home.queue.dead}/${reason}`, 'utf8'))).toMatchObject({
      code: 'HANDLING_FAILED',
      attempts: FLAGS.maxAttempts + 1,
    });
    expect(namesIn(home.queue.dead)).toHaveLength(2);
  });
});

/** Everything that people and programs throw into a folder. */
function throwGarbage(home: TestHome, round: number): number {
  const { pending } = home.queue;
  writeFileSync(`${pending}/empty-${round}.json`, '');
  writeFileSync(`${pending}/half-${round}.json`, '{"event_type":"build.fai');
  writeFileSync(`${pending}/3/binary-${round}`, Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]));
  writeFileSync(`${pending}/sql-${round}.json`, '{"sql":"DROP TABLE events"}');
  writeFileSync(`${pending}/list-${round}.json`, '[1,2,3]');
  writeFileSync(`${pending}/untyped-${round}.json`, '{"payload":{}}');
  writeFileSync(`${pending}/0/5_1700000000000_0123456789abcdef.a0.json.bak-${round}`, 'x');
  writeFileSync(
    `${pending}/large-${round}.json`,
    `{"event_type":"build.failed","payload":{"text":"${'x'.repeat(70_000)}"}}`,
  );
  mkdirSync(`${pending}/folder-${round}`);
  symlinkSync('/etc/hostname', `${pending}/link-${round}.json`);
  execFileSync('mkfifo', [`${pending}/pipe-${round}.json`]);
  return 11;
}

describe('a thrower of garbage', () => {
  it('stops nothing: real entries and foreign events arrive, garbage ends in dead/ with its reason', async () => {
    const home = testHome();
    const worker = programs.worker({ home: home.root, flags: FLAGS });
    await eventually('a worker leads', home.hasLeader);
    const ackFile = `${home.root}/acknowledged`;
    const producer = programs.producer({
      home: home.root,
      count: 500,
      ackFile,
      sessionId: 's1',
      gapMs: 4,
    });
    let thrown = 0;
    let foreign = 0;
    for (let round = 0; producer.isRunning || round < 3; round += 1) {
      thrown += throwGarbage(home, round);
      writeFileSync(
        `${home.root}/note`,
        JSON.stringify({ event_type: 'build.failed', payload: { round } }),
      );
      renameSync(`${home.root}/note`, `${home.queue.pending}/${round % 10}_note-${round}.json`);
      foreign += 1;
      await sleep(150);
    }
    await eventually('the queue is empty', home.isQuiet);
    // the reason of a dead entry is written after the entry has left the queue
    await eventually('each dead entry has its reason', () => {
      const names = namesIn(home.queue.dead);
      return names.filter((name) => name.endsWith('.reason')).length === names.length / 2;
    });
    const stored = new Set(home.rows('SELECT id FROM events').map((row) => row['id']));
    expect(readLines(ackFile).filter((id) => !stored.has(id))).toEqual([]);
    expect(home.count("events WHERE type = 'build.failed'")).toBe(foreign);
    const dead = namesIn(home.queue.dead);
    const entries = dead.filter((name) => !name.endsWith('.reason'));
    expect(entries).toHaveLength(thrown);
    expect(entries.filter((name) => !dead.includes(`${name}.reason`))).toEqual([]);
    const codes = new Set(
      dead
        .filter((name) => name.endsWith('.reason'))
        .map((name) => JSON.parse(readFileSync(`${home.queue.dead}/${name}`, 'utf8')).code),
    );
    expect([...codes].sort()).toEqual([
      'ENTRY_MALFORMED',
      'ENTRY_RAW_SQL',
      'ENTRY_TOO_LARGE',
      'ENTRY_UNREADABLE',
      'EVENT_INVALID',
    ]);
    expect(worker.isRunning).toBe(true);
  });
});
