import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealEvent } from '../../lib/events/envelope.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import { type JsonObject, parseJsonObject } from '../../lib/core/json.ts';
import { enqueue } from '../../lib/queue/enqueue.ts';
import { ringAll } from '../../lib/queue/wakeup/ring.ts';
import { eventually } from '../support/eventually.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { readLines, testHome } from '../support/test-home.ts';

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

const SESSION = 's1';

/** A session in a turn, with a transcript and a project of its own. */
function scene() {
  const home = testHome();
  const transcript = `${home.root}/${SESSION}.jsonl`;
  const project = tempFolder(); // what is in the state folder is no activity of the user's
  writeFileSync(transcript, '');
  const nextStamp = stampSource(Date.now);
  const event = (type: string): void => {
    const stamp = nextStamp();
    const payload = { session_id: SESSION, project, transcript_path: transcript };
    const sealed = sealEvent({ type, priority: 5, payload }, stamp, 'hook/Test');
    enqueue(home.queue, sealed, stamp, 5, {
      durability: 'none',
      queueCap: 1_000_000,
      entryCap: 65_536,
    });
    ringAll(home.folder.wake);
  };
  const answer = (id: string, tokens: number): void => {
    const message = { id, model: 'claude-haiku-4-5', content: [], usage: { input_tokens: tokens } };
    appendFileSync(
      transcript,
      `${JSON.stringify({ type: 'assistant', timestamp: new Date().toISOString(), message })}\n`,
    );
  };
  const view = (): JsonObject => {
    try {
      return (
        parseJsonObject(readFileSync(`${home.folder.views}/context/${SESSION}.json`, 'utf8')) ?? {}
      );
    } catch {
      return {};
    }
  };
  const raised = (): readonly string[] =>
    home
      .rows(
        "SELECT type, json_extract(envelope, '$.payload.threshold') AS threshold FROM events WHERE source = 'worker' AND type NOT LIKE 'daemon.%' ORDER BY seq",
      )
      .map(({ type, threshold }) =>
        threshold === null ? String(type) : `${String(type)} ${String(threshold)}`,
      );
  return { home, project, event, answer, view, raised };
}

describe('a worker that watches contexts', () => {
  it('sees a transcript grow and files change without any event, and says what follows from it', async () => {
    const { home, project, event, answer, view, raised } = scene();
    programs.worker({ home: home.root, flags: { contextInterval: 1, debounce: 0.2 } });
    event('session.started');
    event('session.prompt_submitted');
    await eventually('the session is known', () => home.count('watched_projects') === 1);
    await sleep(1_500); // what follows an event is over; from here on only the watch reads
    answer('m1', 100_000);
    await eventually('the view shows it', () => view()['percent'] === 50);
    answer('m2', 172_000);
    await eventually('the view shows the next', () => view()['percent'] === 86);
    await eventually('all that follows is stored', () => raised().length === 4);
    expect(raised()).toEqual([
      'system.health_alert 70',
      'system.health_alert 85',
      'system.cleanup_needed 85',
      'checkpoint.created',
    ]);
    const needles = (): readonly string[] => readLines(`${home.folder.views}/failures/needles`);
    const isNeedle = (): boolean => needles().some((line) => line.includes(SESSION));
    await eventually('the gate looks out for the session', isNeedle);
    expect(needles().some((line) => line.includes(`"session_id":"${SESSION}"`))).toBe(true);
    mkdirSync(`${home.folder.throttle}/${SESSION}`, { recursive: true });
    writeFileSync(`${home.folder.throttle}/${SESSION}/said-context-0-85`, '');
    await eventually('it looks out no more', () => !isNeedle());
    for (let n = 0; n < 3; n += 1) writeFileSync(`${project}/${n}.ts`, '');
    await eventually(
      'the view shows the files',
      () => JSON.stringify(view()['activity'])?.includes('"created":3') === true,
    );
    event('session.ended');
    await eventually('nothing is watched any more', () => home.count('watched_projects') === 0);
  });

  it('raises each threshold exactly once, whenever it is killed', async () => {
    const { home, event, answer, raised, view } = scene();
    const random = seededRandom(7);
    const flags = { contextInterval: 1 };
    event('session.started');
    event('session.prompt_submitted');
    for (let tokens = 120_000; tokens < 200_000; tokens += 10_000) {
      const worker = programs.worker({ home: home.root, flags });
      answer(`m${tokens}`, tokens);
      await eventually('it leads', () => home.hasLeader());
      event('checkpoint.created');
      await sleep(random() * 120);
      worker.kill('SIGKILL');
      await worker.exited;
    }
    programs.worker({ home: home.root, flags });
    answer('last', 196_000);
    await eventually('the last answer is seen', () => view()['percent'] === 98);
    const alerts = () => raised().filter((one) => one.startsWith('system.health_alert'));
    await eventually('the last alert is stored', () => alerts().length >= 3);
    expect(alerts().toSorted()).toEqual([
      'system.health_alert 70',
      'system.health_alert 85',
      'system.health_alert 95',
    ]);
    expect(home.rows("SELECT 1 FROM checkpoints WHERE saved_by = 'context-watch'")).toHaveLength(1);
  });
});
