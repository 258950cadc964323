import { describe, expect, it } from 'vitest';
import { countEvents } from '../../../lib/query/count-events.ts';
import { askInStore, preparedStore, SESSION, START } from '../cli/prepared-store.ts';
import { runCommand } from '../cli/run-command.ts';

describe('countEvents', () => {
  const count = (
    ...args: Parameters<typeof countEvents> extends [unknown, ...infer Rest] ? Rest : never
  ) => askInStore(preparedStore(), (database) => countEvents(database, ...args));

  it('counts by type, most first', async () => {
    expect(await count('type', { limit: 3 })).toEqual([
      { value: 'checkpoint.created', count: 2 },
      { value: 'session.started', count: 2 },
      { value: 'session.ended', count: 1 },
    ]);
  });

  it('counts what a filter leaves', async () => {
    expect(await count('type', { limit: 9, session: SESSION, since: START + 30_000 })).toEqual([
      { value: 'checkpoint.created', count: 1 },
      { value: 'session.ended', count: 1 },
    ]);
    expect(await count('source', { limit: 9, type: 'session.*' })).toEqual([
      { value: 'hook/Test', count: 4 },
    ]);
  });

  it('counts by hour, latest last', async () => {
    const hours = await askInStore(
      preparedStore([-1, 0, 3_599, 3_600, 7_200].map((seconds) => ['a.b', seconds, {}] as const)),
      (database) => countEvents(database, 'hour', { limit: 3 }),
    );
    expect(hours).toEqual([
      { value: '2026-11-22T10:00:00.000Z', count: 2 },
      { value: '2026-11-22T11:00:00.000Z', count: 1 },
      { value: '2026-11-22T12:00:00.000Z', count: 1 },
    ]);
  });

  it('is shown by the command as a table or as JSON, and refuses another word', async () => {
    const folder = preparedStore();
    expect((await runCommand(folder, ['events', '--count-by', 'source'])).out).toBe(
      `hook/Test  7  ${'█'.repeat(40)}\n`,
    );
    expect(
      JSON.parse((await runCommand(folder, ['events', '--count-by', 'source', '--json'])).out),
    ).toEqual([{ value: 'hook/Test', count: 7 }]);
    expect(await runCommand(folder, ['events', '--count-by', 'day'])).toMatchObject({ status: 2 });
  });
});
