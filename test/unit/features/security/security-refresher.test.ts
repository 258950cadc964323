import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { operationEffects } from '../../../../lib/features/operation/effect.ts';
import { CALL_NOTES } from '../../../../lib/features/operation/table.ts';
import { securityEffects } from '../../../../lib/features/security/effect.ts';
import {
  createSecurityRefresher,
  requestPendingChecks,
} from '../../../../lib/features/security/security-refresher.ts';
import { sessionEffects } from '../../../../lib/features/session/effect.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import { applyWrites } from '../../../../lib/store/sink.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

const AT = Date.parse('2026-11-22T12:00:00Z');

function setUp() {
  const database = testStore();
  let now = AT;
  const apply = eventApplier(
    database,
    [sessionEffects, operationEffects, securityEffects],
    () => now,
  );
  const stored: EventEnvelope[] = [];
  const judge = createSecurityRefresher({
    clock: () => now,
    storeAs: (events) => {
      stored.push(...events);
      apply(events);
    },
  });
  let count = 0;
  const call = (own: JsonObject, type = 'checkpoint.created'): void => {
    count += 1;
    const made = { tool: 'Bash', outcome: 'ok', tool_use_id: 't1', ...own };
    const payload = { session_id: 's1', project: '/p', agent_id: 'a1', call: made };
    apply([
      testEvent({
        event_id: `evt-${count}`,
        event_type: type,
        timestamp: new Date(AT).toISOString(),
        payload,
      }),
    ]);
  };
  const failed = (own: JsonObject): void => call({ outcome: 'failed', ...own }, 'task.failed');
  /** As the transcript tells it. */
  const told = (outcome: string, id = 't1'): void =>
    void database
      .prepare('UPDATE operations SET transcript_outcome = ? WHERE tool_use_id = ?')
      .run(outcome, id);
  const types = (): readonly unknown[] =>
    database
      .prepare("SELECT type FROM events WHERE type LIKE 'security.%' ORDER BY type, id")
      .all()
      .map(({ type }) => type);
  const wait = (ms: number): void => {
    now += ms;
  };
  return {
    database,
    judge: () => judge(database, 's1'),
    call,
    failed,
    told,
    types,
    stored,
    wait,
    unjudged: () => database.prepare('SELECT * FROM unjudged').all(),
  };
}

describe('judgeCalls', () => {
  it('tells of a risky command once, with what a handler needs', () => {
    const { judge, call, types, stored, unjudged } = setUp();
    call({ target: 'sudo rm -rf /' });
    judge();
    expect(types()).toEqual(['security.risky_command']);
    expect(stored[0]).toMatchObject({
      source: 'worker',
      timestamp: '2026-11-22T12:00:00.000Z',
      correlation_id: 's1',
      metadata: { priority: 'critical' },
      payload: {
        session_id: 's1',
        agent_id: 'a1',
        project: '/p',
        tool: 'Bash',
        tool_use_id: 't1',
        severity: 'critical',
        rule: 'delete-root',
        rules: ['delete-root', 'become-root'],
        command: 'sudo rm -rf /',
      },
    });
    expect(unjudged()).toEqual([]);
    call({ target: 'sudo rm -rf /' });
    judge();
    expect(types()).toEqual(['security.risky_command']);
  });

  it('gives the same events when it dies between storing and forgetting what was to be looked at', () => {
    const { judge, call, types, database } = setUp();
    call({ target: 'git push --force origin main' });
    judge();
    database.prepare("INSERT INTO unjudged VALUES ('t1', 's1')").run();
    judge();
    expect(types()).toHaveLength(1);
  });

  it('tells of a secret that a hook took out, of any tool, and never what it was', () => {
    const { judge, call, stored } = setUp();
    call({ target: 'curl -H "Authorization: Bearer [redacted]" https://example.com' });
    call({ tool: 'Edit', target: '/p/[redacted]/x', tool_use_id: 't2' });
    judge();
    expect(stored.map(({ payload }) => [payload['tool'], payload['places']])).toEqual([
      ['Bash', ['command: authorization']],
      ['Edit', ['target: token']],
    ]);
  });

  it('adds what only the transcript showed, also when it comes later, at most one event of a kind per call', () => {
    const { judge, call, types, stored, database } = setUp();
    call({ target: 'echo aaa…' });
    judge();
    expect(types()).toEqual([]);
    noteCall(database, 'input', {
      risks: ['delete-root'],
      secrets: ['command: token'],
    });
    judge();
    expect(types()).toEqual(['security.risky_command', 'security.secret_found']);
    noteCall(database, 'input', {
      risks: ['delete-root', 'become-root'],
      secrets: ['command: token'],
    });
    judge();
    expect(types()).toHaveLength(2);
    expect(stored[0]?.payload['places']).toEqual(['command: token']);
  });

  it('waits for what a scanner printed, and tells of each finding', () => {
    const { judge, failed, told, types, stored, database, unjudged } = setUp();
    failed({ target: 'npm audit', error: 'Exit code 1\n# npm audit report' });
    judge();
    expect(types()).toEqual([]);
    expect(unjudged()).toHaveLength(1);
    noteCall(database, 'result', {
      findings: 5,
      severities: { high: 2, low: 3 },
      found: [{ name: 'lodash', severity: 'high', id: 'GHSA-1' }, { name: 'tar' }],
    });
    told('failed');
    judge();
    expect(types()).toEqual([
      'security.scan_completed',
      'security.vulnerability_found',
      'security.vulnerability_found',
    ]);
    const scan = stored.find(({ event_type }) => event_type === 'security.scan_completed');
    expect(scan?.payload).toMatchObject({
      scanner: 'npm-audit',
      exit: 1,
      findings: 5,
      severities: { high: 2, low: 3 },
      named: 2,
    });
    expect(scan?.payload).not.toHaveProperty('severity');
    expect(stored.map(({ payload }) => payload['rule'])).toEqual([undefined, 'GHSA-1', 'tar']);
    expect(unjudged()).toEqual([]);
  });

  it('knows any other scanner by the report that it printed, however late that is known', () => {
    const { judge, call, told, types, stored, database } = setUp();
    call({ target: 'trivy fs --format sarif .' });
    judge();
    expect(types()).toEqual([]);
    noteCall(database, 'result', {
      scanner: 'trivy',
      findings: 1,
      severities: { high: 1 },
      found: [{ name: 'CVE-1', severity: 'high', id: 'CVE-1' }],
    });
    told('ok');
    judge();
    expect(types()).toEqual(['security.scan_completed', 'security.vulnerability_found']);
    expect(stored.map(({ payload }) => payload['scanner'])).toEqual(['trivy', 'trivy']);
  });

  it('tells of a scan without its findings when the transcript never shows them', () => {
    const { judge, call, types, stored, wait, database } = setUp();
    call({ target: 'npx secretlint src' });
    judge();
    wait(121_000);
    requestPendingChecks(database);
    expect(listDueRefreshes(database, 9)).toContainEqual(
      expect.objectContaining({ kind: 'security', key: 's1' }),
    );
    judge();
    expect(types()).toEqual(['security.scan_completed']);
    expect(stored[0]?.payload).toMatchObject({ scanner: 'secretlint', exit: 0 });
    expect(stored[0]?.payload).not.toHaveProperty('findings');
  });

  it('tells nothing of a scanner that was refused, but of a risky command that was', () => {
    const { judge, types, database } = setUp();
    const insert = database.prepare(
      "INSERT INTO operations (tool_use_id, claimed_session, call_tool, call_target, at, transcript_outcome) VALUES (?, 's1', 'Bash', ?, 1, 'rejected')",
    );
    insert.run('t1', 'npm audit');
    insert.run('t2', 'rm -rf /');
    judge();
    expect(types()).toEqual(['security.risky_command']);
  });

  it('leaves a call to be looked at that another worker changed meanwhile', () => {
    const { database, call, unjudged } = setUp();
    call({ target: 'ls' });
    const judge = createSecurityRefresher({ clock: () => AT, storeAs: () => undefined });
    const raced = {
      ...database,
      prepare: (sql: string) =>
        sql.startsWith('DELETE FROM unjudged') ? changing(database, sql) : database.prepare(sql),
    };
    judge(raced, 's1');
    expect(unjudged()).toHaveLength(1);
  });

  it('looks behind a hundred scanners that are waited for, and then rests', () => {
    const { database, call, judge, types } = setUp();
    for (let index = 0; index < 120; index += 1)
      call({ target: 'npm audit', tool_use_id: `a${index}` });
    call({ target: 'rm -rf /', tool_use_id: 'z' });
    database.prepare('DELETE FROM refreshes').run();
    for (let turn = 0; turn < 3; turn += 1) judge();
    expect(types()).toEqual(['security.risky_command']);
    database.prepare('DELETE FROM refreshes').run();
    judge();
    expect(listDueRefreshes(database, 9)).toEqual([]);
  });

  it('asks for nothing at a call that cannot matter', () => {
    const { database, call } = setUp();
    call({ tool: 'Edit', target: '/p/a.ts' });
    expect(listDueRefreshes(database, 9).filter(({ kind }) => kind === 'security')).toEqual([]);
    expect(database.prepare('SELECT * FROM unjudged').all()).toEqual([]);
  });
});

/** What the reader of transcripts keeps of a closer look at the call `t1`. */
function noteCall(
  database: ReturnType<typeof testStore>,
  about: 'input' | 'result',
  note: JsonObject,
): void {
  const row = { tool_use_id: 't1', about, session_id: 's1', note: JSON.stringify(note) };
  applyWrites(database, [{ into: CALL_NOTES, row }]);
}

function changing(database: ReturnType<typeof testStore>, sql: string) {
  database
    .prepare("UPDATE operations SET transcript_outcome = 'ok' WHERE tool_use_id = 't1'")
    .run();
  return database.prepare(sql);
}
