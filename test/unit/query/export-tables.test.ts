import { describe, expect, it } from 'vitest';
import { EXPORT_TABLES } from '../../../lib/query/export-tables.ts';
import type { Database } from '../../../lib/store/database.ts';
import { renderTableCsv, renderTableJsonLines } from '../../../lib/report/table-rows.ts';
import { testStore } from '../../support/test-store.ts';

const AT = Date.parse('2026-11-22T10:00:00.000Z');

function rowsOf(store: Database, name: string, since?: number) {
  return [...(EXPORT_TABLES.get(name)?.rows(store, since) ?? [])];
}

function lines(store: Database, name: string, render: typeof renderTableCsv): readonly string[] {
  const table = EXPORT_TABLES.get(name);
  return table === undefined ? [] : [...render(table, table.rows(store, undefined))];
}

function addMessage(store: Database, session: string, id: string, at: number, text = ''): void {
  store
    .prepare(
      "INSERT INTO messages (session_id, id, role, at, text, length) VALUES (?, ?, 'prompt', ?, ?, 1)",
    )
    .run(session, id, at, text);
}

describe('tables to export', () => {
  it.each([...EXPORT_TABLES.keys()])('are there in an empty store, here %s', (name) => {
    const store = testStore();
    expect(rowsOf(store, name)).toEqual([]);
    expect(rowsOf(store, name, AT)).toEqual([]);
    expect(lines(store, name, renderTableCsv)).toHaveLength(1);
  });

  it('have each row once, however many pieces they are read in', () => {
    const store = testStore();
    for (const session of ['a', 'b', 'c'])
      for (let n = 0; n < 400; n += 1) addMessage(store, session, `m${n}`, AT + n);
    const keys = rowsOf(store, 'messages').map((row) => `${row['session_id']} ${row['id']}`);
    expect(keys).toHaveLength(1_200);
    expect(new Set(keys).size).toBe(1_200);
  });

  it('have rows from a time on, and none whose time nobody knows', () => {
    const store = testStore();
    const add = store.prepare(
      "INSERT INTO usage (message_id, request_id, at, model, input) VALUES (?, '', ?, 'm', 5)",
    );
    add.run('before', AT - 1);
    add.run('then', AT);
    add.run('unknown', null);
    expect(rowsOf(store, 'usage')).toHaveLength(3);
    expect(rowsOf(store, 'usage', AT)).toMatchObject([
      { message_id: 'then', at: '2026-11-22T10:00:00.000Z', input: 5, session_id: null },
    ]);
  });

  it('say of the days of the client which no transcript tells of', () => {
    const store = testStore();
    const add = store.prepare(
      "INSERT INTO client_days (config_folder, day, model, messages) VALUES ('/home/.claude', ?, '', 7)",
    );
    add.run('2026-05-01');
    add.run('2026-11-22');
    store
      .prepare("INSERT INTO usage (message_id, request_id, at) VALUES ('m', '', ?)")
      .run(new Date(2026, 10, 22, 12).getTime());
    expect(rowsOf(store, 'client-days')).toMatchObject([
      { day: '2026-05-01', model: null, messages: 7, is_without_transcripts: true },
      { day: '2026-11-22', is_without_transcripts: false },
    ]);
    expect(rowsOf(store, 'client-days', new Date(2026, 10, 22).getTime())).toHaveLength(1);
  });

  it('hold an event as an object in JSON, and as text in a cell', () => {
    const store = testStore();
    store
      .prepare(
        "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES ('evt_1', 'custom.made', ?, 'test', ?, ?)",
      )
      .run(AT, '{"payload":{"a":1}}', AT);
    expect(JSON.parse(lines(store, 'events', renderTableJsonLines)[0] ?? '')).toMatchObject({
      id: 'evt_1',
      envelope: { payload: { a: 1 } },
    });
    expect(lines(store, 'events', renderTableCsv)[1]).toContain(',"{""payload"":{""a"":1}}"\n');
  });

  it('hold nothing that a terminal or a spreadsheet obeys', () => {
    const store = testStore();
    addMessage(store, 's', 'm', AT, '=cmd|calc\u001b[2J\u202e,"x"\nnext');
    expect(lines(store, 'messages', renderTableCsv)[1]).toContain(
      '"\'=cmd|calc [2J,""x""\nnext",1\n',
    );
    const [json = ''] = lines(store, 'messages', renderTableJsonLines);
    expect(json).not.toMatch(/[\u001b\u202e]/);
    expect(JSON.parse(json)).toMatchObject({ text: '=cmd|calc\u001b[2J\u202e,"x"\nnext' });
  });

  it('have no time where a row claims one that no calendar has', () => {
    const store = testStore();
    addMessage(store, 's', 'm', 9e15);
    addMessage(store, 's', 'n', AT);
    expect(rowsOf(store, 'messages').map(({ at }) => at)).toEqual([
      null,
      '2026-11-22T10:00:00.000Z',
    ]);
  });

  it('leave numbers below zero numbers', () => {
    const store = testStore();
    addMessage(store, 's', 'm', AT, '-5');
    expect(lines(store, 'messages', renderTableCsv)[1]).toContain(',-5,1\n');
  });
});
