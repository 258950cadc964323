import { describe, expect, it } from 'vitest';
import type { LiveMessage } from '../../../../lib/dashboard/server/live-stream.ts';
import { MAX_EVENTS } from '../../../../lib/dashboard/server/live-stream.ts';
import type { StoreWatch } from '../../../../lib/dashboard/server/store-watch.ts';
import { testDashboard } from '../../../support/test-dashboard.ts';
import { inStore, preparedStore, SESSION } from '../../cli/prepared-store.ts';

/** A dashboard whose changes a test tells of. */
function scene() {
  const listeners = new Set<() => void>();
  const watch: StoreWatch = {
    listen: (onChange) => {
      listeners.add(onChange);
      return () => void listeners.delete(onChange);
    },
  };
  const folder = preparedStore();
  const dashboard = testDashboard({ folder, watch });
  const open = async (query = '', headers: Record<string, string> = {}) => {
    const response = await dashboard.fetch(`/api/live${query}`, {
      headers: { ...dashboard.own, ...headers },
    });
    return { response, reader: messagesOf(response) };
  };
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  return { ...dashboard, folder, open, tell, listeners };
}

/** Reads one message after the other. */
function messagesOf(response: Response) {
  const reader = (response.body ?? new ReadableStream()).getReader();
  const decoder = new TextDecoder();
  return {
    next: async (): Promise<LiveMessage> => {
      const { value } = await reader.read();
      const text = value instanceof Uint8Array ? decoder.decode(value) : '';
      return JSON.parse(
        text
          .split('\n')
          .find((line) => line.startsWith('data: '))
          ?.slice(6) ?? '{}',
      );
    },
    isAtEnd: async (): Promise<boolean> => (await reader.read()).done,
    close: () => reader.cancel(),
  };
}

function addEvents(folder: ReturnType<typeof preparedStore>, count: number): void {
  inStore(folder, (database) => {
    const insert = database.prepare(
      `INSERT INTO events (id, type, at, source, session_id, envelope, stored_at)
       VALUES (?, 'custom.made', 1, 'x', ?, '{}', 1)`,
    );
    for (let number = 0; number < count; number += 1) insert.run(`evt_${Math.random()}`, SESSION);
  });
}

describe('the live stream', () => {
  it('begins with where the store is, and tells of what comes', async () => {
    const { open, tell, folder } = scene();
    const { response, reader } = await open();
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await reader.next()).toMatchObject({ kind: 'hello', seq: 7 });
    addEvents(folder, 2);
    tell();
    expect(await reader.next()).toEqual({
      ...{ kind: 'changed', seq: 9, count: 2, events: [], sessions: [SESSION] },
    });
    await reader.close();
  });

  it('tells of changes that are no events', async () => {
    const { open, tell } = scene();
    const { reader } = await open();
    await reader.next();
    tell();
    expect(await reader.next()).toMatchObject({ kind: 'changed', seq: 7, count: 0 });
    await reader.close();
  });

  it('gives events one by one to a page that asks for them', async () => {
    const { open, tell, folder } = scene();
    const { reader } = await open('?events=1');
    await reader.next();
    addEvents(folder, 3);
    tell();
    const message = await reader.next();
    expect(message.kind === 'changed' && message.events.map(({ seq }) => seq)).toEqual([8, 9, 10]);
    await reader.close();
  });

  it('goes on where a connection was, by the header of a browser and by the address', async () => {
    for (const how of ['header', 'address']) {
      const { open, folder } = scene();
      addEvents(folder, 2);
      const { reader } =
        how === 'header'
          ? await open('?events=1&after=1', { 'last-event-id': '7' })
          : await open('?events=1&after=7');
      expect(await reader.next(), how).toMatchObject({ kind: 'hello', seq: 7 });
      expect(await reader.next(), how).toMatchObject({ kind: 'changed', seq: 9, count: 2 });
      await reader.close();
    }
  });

  it('has at most so many events in a message, and counts the others', async () => {
    const { open, folder } = scene();
    addEvents(folder, MAX_EVENTS + 100);
    const { reader } = await open('?events=1&after=7');
    await reader.next();
    const message = await reader.next();
    expect(message).toMatchObject({ kind: 'changed', count: MAX_EVENTS + 100 });
    expect(message.kind === 'changed' && message.events).toHaveLength(MAX_EVENTS);
    expect(message.kind === 'changed' && message.events.at(-1)?.seq).toBe(message.seq);
    await reader.close();
  });

  it('makes one message of what came while a slow tab did not read', async () => {
    const { open, tell, folder } = scene();
    const { reader } = await open('?events=1');
    await reader.next();
    for (let round = 0; round < 50; round += 1) {
      addEvents(folder, 1);
      tell();
    }
    expect(await reader.next()).toMatchObject({ kind: 'changed', count: 50 });
    await reader.close();
  });

  it('begins anew when the store is another one', async () => {
    const { open } = scene();
    for (const after of ['9999999', 'x', '-1', '1e3']) {
      const { reader } = await open(`?after=${after}`);
      expect(await reader.next(), after).toMatchObject({ kind: 'hello', seq: 7 });
      await reader.close();
    }
  });

  it('listens to nothing any more once the tab is gone', async () => {
    const { open, listeners } = scene();
    const { reader } = await open();
    await reader.next();
    expect(listeners.size).toBe(1);
    await reader.close();
    expect(listeners.size).toBe(0);
  });

  it('ends with the server', async () => {
    const { open, stop, listeners } = scene();
    const { reader } = await open();
    await reader.next();
    const end = reader.isAtEnd();
    stop();
    expect(await end).toBe(true);
    expect(listeners.size).toBe(0);
  });
});
