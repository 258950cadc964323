import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { agentFile, NOW, said, scene, spentLine, titleLine } from './session-scene.ts';
import { callLine, noteEvent } from './test-session.ts';

describe('readSessionTranscripts, besides calls', () => {
  it('keeps the latest todos of the main chain, redacted, and not those of agents', async () => {
    const todos = (text: string) => ({ todos: [{ content: text, status: 'pending' }] });
    const { store, path, read } = scene([
      callLine('t1', 1_100, 'TodoWrite', todos('first')),
      callLine('t2', 1_200, 'TodoWrite', todos('say password=Hunter2Battery9')),
    ]);
    writeFileSync(agentFile(path, 'a1'), callLine('t3', 1_300, 'TodoWrite', todos('of an agent')));
    read();
    expect(store.prepare('SELECT * FROM todo_lists').all()).toEqual([
      {
        session_id: 's1',
        at: 1_200,
        items: '[{"text":"say password=[redacted]","status":"pending"}]',
      },
    ]);
  });

  it('keeps what was said, once, and leaves to a fork what is its own', () => {
    const { store, path, read } = scene([
      said('user', 'copied by a fork', 900),
      titleLine({ type: 'summary', summary: 'of another session' }),
      said('user', 'round the cents', 1_100),
      said('assistant', 'Rounded.', 1_200),
    ]);
    read();
    // written again under another uuid
    appendFileSync(path, said('user', 'round the cents', 1_100));
    writeFileSync(agentFile(path, 'a1'), said('assistant', 'Looked.', 1_150));
    read();
    const rows = store
      .prepare(
        'SELECT session_id AS session, role, at, agent_id AS agent, text FROM messages ORDER BY at',
      )
      .all();
    expect(rows).toEqual([
      { session: 's1', role: 'prompt', at: 1_100, agent: null, text: 'round the cents' },
      { session: 's1', role: 'answer', at: 1_150, agent: 'a1', text: 'Looked.' },
      { session: 's1', role: 'answer', at: 1_200, agent: null, text: 'Rounded.' },
    ]);
  });

  it('keeps what each answer cost once: the largest output of a streamed answer, for the session that has it longest', () => {
    const { store, path, read } = scene([
      spentLine('m1', 1_100, { output_tokens: 1 }),
      spentLine('m1', 1_101, { output_tokens: 50 }),
      spentLine('m2', 1_200, { output_tokens: 9 }),
      spentLine('m2', 1_201, { output_tokens: 3 }),
    ]);
    writeFileSync(agentFile(path, 'a1'), spentLine('m3', 1_300, { output_tokens: 4 }, 'a1'));
    read();
    const fork = join(dirname(path), 's0.jsonl');
    writeFileSync(fork, spentLine('m1', 1_100, { output_tokens: 50 }));
    noteEvent(store, { id: 's0', path: fork, at: 1_050 });
    readSessionTranscripts(store, 's0', { now: NOW });
    const rows = store
      .prepare(
        'SELECT message_id AS id, session_id AS session, agent_id AS agent, at, output FROM usage',
      )
      .all();
    expect(rows).toEqual([
      { id: 'm1', session: 's1', agent: null, at: 1_100, output: 50 },
      { id: 'm2', session: 's1', agent: null, at: 1_200, output: 9 },
      { id: 'm3', session: 's1', agent: 'a1', at: 1_300, output: 4 },
    ]);
  });

  it('keeps the last title, and that of a person before that of the model', () => {
    const title = (store: Database) => store.prepare('SELECT title FROM sessions').get()?.['title'];
    const { store, path, read } = scene([
      titleLine({ type: 'summary', summary: 'of another session' }),
      titleLine({ type: 'ai-title', aiTitle: 'of the origin of a fork', sessionId: 's0' }),
      said('user', 'round the cents', 1_100),
    ]);
    read();
    expect(title(store)).toBe(null);
    appendFileSync(path, titleLine({ type: 'summary', summary: 'Old way' }));
    read();
    expect(title(store)).toBe('Old way');
    for (const aiTitle of ['Zeroes', 'Cents'])
      appendFileSync(path, titleLine({ type: 'ai-title', aiTitle, sessionId: 's1' }));
    read();
    expect(title(store)).toBe('Cents');
    appendFileSync(path, titleLine({ type: 'custom-title', customTitle: 'Mine', sessionId: 's1' }));
    appendFileSync(path, titleLine({ type: 'ai-title', aiTitle: 'Later', sessionId: 's1' }));
    read();
    expect(title(store)).toBe('Mine');
  });
});
