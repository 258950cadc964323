import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type {
  DeadLetterAnswer,
  DeadLettersAnswer,
  DeadLettersChanged,
} from '../../../../../lib/dashboard/server/routes/dead-letters.ts';
import { namesIn } from '../../../../support/test-home.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { STATES } from '../../../../sessions/states.ts';
import { preparedStore } from '../../../cli/prepared-store.ts';

/** Autostart is off: no worker is started for what is retried. */
async function withDeadLetters() {
  const folder = preparedStore();
  await STATES['dead-entry']?.(folder);
  await STATES['dead-deliveries']?.(folder);
  return testDashboard({ folder, environment: { WAYMARK_AUTOSTART: 'false' } });
}

const LATER = 'evt_20261122_100000_00000000000000d2';

/** An entry that was given up ten minutes after those of {@link withDeadLetters}. */
function giveUpLater(queue: string): void {
  const file = `${queue}/dead/5_1795342800000_00000000000000d2.a5.json`;
  writeFileSync(file, JSON.stringify({ event_id: LATER, event_type: 'custom.made' }));
  writeFileSync(
    `${file}.reason`,
    JSON.stringify({ reason: 'Cannot apply it', attempts: 5, at: '2026-11-22T10:11:00.000Z' }),
  );
}

describe('/api/dead-letters', () => {
  it('lists entries and deliveries with their reasons, the latest first', async () => {
    const { ask } = await withDeadLetters();
    const { letters, more, problem } = await ask<DeadLettersAnswer>('/api/dead-letters');
    expect({ count: letters.length, more, problem }).toEqual({ count: 3, more: 0, problem: null });
    expect(letters.map(({ kind }) => kind)).toEqual(['delivery', 'delivery', 'entry']);
    for (const { reason } of letters) expect(reason).not.toBe('');
  });

  it('lists those of one handler', async () => {
    const { ask } = await withDeadLetters();
    const { letters } = await ask<DeadLettersAnswer>('/api/dead-letters');
    const handler = letters[0]?.handler ?? '';
    const found = await ask<DeadLettersAnswer>(`/api/dead-letters?handler=${handler}`);
    expect(found.letters.map((one) => one.handler)).toEqual([handler]);
  });

  it('shows what one holds', async () => {
    const { ask } = await withDeadLetters();
    const { letters } = await ask<DeadLettersAnswer>('/api/dead-letters');
    for (const { id } of letters) {
      const query = new URLSearchParams({ id });
      const { letter, content } = await ask<DeadLetterAnswer>(`/api/dead-letter?${query}`);
      expect(letter.id).toBe(id);
      expect(content).not.toBe('');
    }
  });

  it('puts an entry back into the queue', async () => {
    const { ask, post, folder } = await withDeadLetters();
    const { letters } = await ask<DeadLettersAnswer>('/api/dead-letters');
    const id = letters.find(({ kind }) => kind === 'entry')?.id;
    const response = await post('/api/dead-letters/retry', { ids: [id] });
    const changed: DeadLettersChanged = JSON.parse(await response.text());
    expect(changed).toMatchObject({ count: 1, isDone: true, hasWorker: false });
    expect(namesIn(`${folder.queue}/dead`)).toEqual([]);
  });

  it('discards all that the page has seen', async () => {
    const { ask, post, folder } = await withDeadLetters();
    const { newest, letters } = await ask<DeadLettersAnswer>('/api/dead-letters');
    const seen = { newest, count: letters.length };
    const response = await post('/api/dead-letters/discard', { ids: [], seen });
    expect(JSON.parse(await response.text())).toMatchObject({ count: 3 });
    expect(namesIn(`${folder.queue}/dead`)).toEqual([]);
    const after = await ask<DeadLettersAnswer>('/api/dead-letters');
    expect(after.letters.filter(({ kind }) => kind === 'entry')).toEqual([]);
  });

  it('keeps a letter that came after the page was drawn', async () => {
    const { ask, post, folder } = await withDeadLetters();
    const { letters, newest } = await ask<DeadLettersAnswer>('/api/dead-letters');
    giveUpLater(folder.queue);
    const seen = { newest, count: letters.length };
    const response = await post('/api/dead-letters/discard', { ids: [], seen });
    expect(JSON.parse(await response.text())).toMatchObject({ count: 3 });
    const after = await ask<DeadLettersAnswer>('/api/dead-letters');
    expect(after.letters.filter(({ kind }) => kind === 'entry').map(({ id }) => id)).toEqual([
      LATER,
    ]);
  });

  it('changes none when more fit than the page has shown', async () => {
    const { ask, post } = await withDeadLetters();
    const { newest } = await ask<DeadLettersAnswer>('/api/dead-letters');
    const response = await post('/api/dead-letters/discard', {
      ids: [],
      seen: { newest, count: 2 },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('new ones arrived after the page was loaded');
    expect((await ask<DeadLettersAnswer>('/api/dead-letters')).letters).toHaveLength(3);
  });

  it('retries all of one handler', async () => {
    const { ask, post } = await withDeadLetters();
    const handler = (await ask<DeadLettersAnswer>('/api/dead-letters')).letters[0]?.handler ?? '';
    const { newest, letters } = await ask<DeadLettersAnswer>(
      `/api/dead-letters?handler=${handler}`,
    );
    const seen = { newest, count: letters.length };
    const response = await post('/api/dead-letters/retry', { ids: [], handler, seen });
    expect(JSON.parse(await response.text())).toMatchObject({ count: 1 });
  });

  it('decides only about those that are still there, and says when none is', async () => {
    const { ask, post } = await withDeadLetters();
    const { letters } = await ask<DeadLettersAnswer>('/api/dead-letters');
    const id = letters.find(({ kind }) => kind === 'entry')?.id;
    const both = await post('/api/dead-letters/discard', { ids: [id, 'gone'] });
    expect(JSON.parse(await both.text())).toMatchObject({ count: 1 });
    const none = await post('/api/dead-letters/discard', { ids: ['gone'] });
    expect(none.status).toBe(404);
    expect(await none.text()).toContain('Cannot find dead letter gone');
  });

  it.each([
    {},
    { ids: [] },
    { ids: 7 },
    { ids: [7] },
    { ids: 'all' },
    { ids: [], seen: { newest: 7 } },
  ])('refuses %j', async (body) => {
    const { post } = await withDeadLetters();
    expect((await post('/api/dead-letters/retry', body)).status).toBe(400);
  });
});
