import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditStore } from '../../../lib/query/audit-store.ts';
import { redactEvent } from '../../../lib/secrets/redact-event.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { HARMLESS, mixed, SECRETS } from '../../fixtures/secrets/corpus.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const token = ['ghp', mixed(36)].join('_');

function store() {
  const database = openStore(join(tempFolder(), 'waymark.db'), sqliteDriver());
  onTestFinished(() => database.close());
  const addEvent = (id: string, envelope: string) =>
    database
      .prepare(
        "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 'x.y', 1, 'cli', ?, 1)",
      )
      .run(id, envelope);
  const addSession = (id: string, project: string) =>
    database
      .prepare(
        'INSERT INTO sessions (id, project, first_event_at, last_event_at) VALUES (?, ?, 1, 1)',
      )
      .run(id, project);
  return { database, addEvent, addSession };
}

describe('auditStore', () => {
  it('finds nothing in an empty store, nor in one with harmless texts', () => {
    const { database, addEvent, addSession } = store();
    expect(auditStore(database)).toEqual([]);
    for (const [index, text] of HARMLESS.entries()) {
      addEvent(`evt_${index}`, JSON.stringify({ payload: { command: text, file: text } }));
      addSession(`s${index}`, text);
    }
    expect(auditStore(database)).toEqual([]);
  });

  it('says where and which kind, never what', () => {
    const { database, addEvent, addSession } = store();
    addEvent('evt_1', JSON.stringify({ payload: { command: `echo ${token}` } }));
    addEvent('evt_2', JSON.stringify({ payload: { command: 'mysql -pgr33nTea' } }));
    addEvent('evt_3', JSON.stringify({ payload: { password: 'hunter2' } }));
    addSession('s1', `/home/${token}`);
    const findings = auditStore(database);
    expect(findings).toEqual([
      { table: 'events', column: 'envelope', rowKey: '1', kind: 'secret' },
      { table: 'events', column: 'envelope', rowKey: '2', kind: 'secret' },
      { table: 'events', column: 'envelope', rowKey: '3', kind: 'secret' },
      { table: 'sessions', column: 'project', rowKey: 's1', kind: 'secret' },
    ]);
  });

  it('does not repeat a secret that is part of the row key', () => {
    const { database } = store();
    database
      .prepare("INSERT INTO agents (session_id, agent_id, type) VALUES ('s1', ?, 'Explore')")
      .run(token);
    expect(auditStore(database)).toEqual([
      { table: 'agents', column: 'agent_id', rowKey: 's1 [redacted]', kind: 'secret' },
    ]);
  });

  it('looks at every row of a table that is longer than one read', () => {
    const { database, addEvent, addSession } = store();
    for (let index = 0; index < 450; index += 1) {
      addEvent(`evt_${index}`, '{}');
      addSession(`s${String(index).padStart(4, '0')}`, index % 50 === 0 ? token : '/home/ada');
    }
    addEvent('last', JSON.stringify({ a: token }));
    const findings = auditStore(database);
    expect(findings.filter(({ table }) => table === 'sessions')).toHaveLength(9);
    expect(findings.filter(({ table }) => table === 'events')).toEqual([
      { table: 'events', column: 'envelope', rowKey: '451', kind: 'secret' },
    ]);
  });

  it('finds nothing in what was redacted before it was stored', () => {
    const { database, addEvent } = store();
    for (const [index, { text }] of SECRETS.entries()) {
      const event = {
        event_id: `evt_${index}`,
        event_type: 'x.y',
        timestamp: '',
        source: 'cli',
        payload: { text, list: [text] },
      };
      addEvent(event.event_id, JSON.stringify(redactEvent(event)));
    }
    expect(auditStore(database)).toEqual([]);
  });

  it('looks into texts that only look like JSON, and into tables with odd names', () => {
    const { database } = store();
    database.exec(
      'CREATE TABLE "odd ""name" ("the column" TEXT); CREATE VIEW seen AS SELECT * FROM "odd ""name"',
    );
    database.prepare('INSERT INTO "odd ""name" VALUES (?)').run(`{not json ${token}`);
    expect(auditStore(database)).toEqual([
      { table: 'odd "name', column: 'the column', rowKey: '1', kind: 'secret' },
    ]);
  });
});
