import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchSessions } from '../../lib/query/search.ts';
import { bundlePrograms, type Programs } from '../support/program-process.ts';
import { testHome } from '../support/test-home.ts';

let programs: Programs;
beforeAll(() => {
  programs = bundlePrograms();
});
afterAll(() => programs.remove());

const SESSION = '3ced9ec8-0000-4000-8000-000000000001';

/** From the line to the hit, on a machine that does other things, too. */
const PATIENCE_MS = 60_000;

/** A session that has begun, and its transcript. */
function scene() {
  const home = testHome();
  const transcript = `${home.root}/projects/-work/${SESSION}.jsonl`;
  mkdirSync(dirname(transcript), { recursive: true });
  const event = (type: string): void =>
    void home.enqueue({
      type,
      payload: { session_id: SESSION, project: '/work', transcript_path: transcript },
    });
  const says = (role: 'user' | 'assistant', text: string): void => {
    const content = role === 'user' ? text : [{ type: 'text', text }];
    const message = { role, id: `msg_${text.length}`, content };
    const line = { type: role, uuid: `u-${role}`, timestamp: new Date().toISOString(), message };
    appendFileSync(transcript, `${JSON.stringify(line)}\n`);
  };
  const find = async (words: string): Promise<readonly string[]> => {
    const found = await searchSessions(home.folder, words, { limit: 5, now: Date.now() });
    return found.hits.map(({ kind }) => kind);
  };
  const untilFound = async (words: string, kind: string): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (let kinds = await find(words); kinds.length === 0; kinds = await find(words)) {
      if (Date.now() > deadline) throw new Error(`${words} was not found`);
      await sleep(50);
    }
    expect(await find(words)).toEqual([kind]);
  };
  return { home, event, says, untilFound };
}

describe('the search index of a worker', () => {
  it('gets an answer whose line comes after the last event of its session, without a further event', {
    timeout: 2 * PATIENCE_MS + 30_000,
  }, async () => {
    const { home, event, says, untilFound } = scene();
    programs.worker({ home: home.root });
    event('session.started'); // first: lines from before it are those of another session
    says('user', 'Fix the rounding');
    event('session.prompt_submitted');
    event('session.ended');
    await untilFound('rounding', 'prompt');
    says('assistant', 'The half cent goes to the larger share.');
    await untilFound('"half cent"', 'answer');
  });
});
