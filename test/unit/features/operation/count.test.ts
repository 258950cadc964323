import { describe, expect, it } from 'vitest';
import { countOperations } from '../../../../lib/features/operation/table.ts';
import { testStore } from './test-session.ts';

describe('countOperations', () => {
  it('counts operations by what became of them, agents included, and other tools apart', () => {
    const store = testStore();
    const rows: readonly (readonly [
      session: string,
      agent: string | null,
      tool: string | null,
      hook: string | null,
      transcript: string | null,
    ])[] = [
      ['s1', null, 'Write', 'ok', null],
      ['s1', 'a1', 'Bash', null, 'ok'],
      ['s1', null, 'Agent', 'failed', 'unclear'],
      ['s1', null, 'Bash', null, 'failed'],
      ['s1', null, 'Edit', null, 'rejected'],
      ['s1', null, 'Edit', null, 'unclear'],
      ['s1', null, 'Bash', null, null],
      ['s1', null, 'Read', null, 'ok'],
      ['s1', null, null, null, 'ok'],
      ['s2', null, 'Bash', 'ok', 'ok'],
    ];
    const insert = store.prepare(
      'INSERT INTO operations (tool_use_id, claimed_session, claimed_agent, call_tool, hook_outcome, transcript_outcome) VALUES (?, ?, ?, ?, ?, ?)',
    );
    for (const [index, row] of rows.entries()) insert.run(`t${index}`, ...row);
    expect(countOperations(store, 's1')).toEqual({
      counted: 4,
      ok: 2,
      failed: 2,
      rejected: 2,
      running: 1,
      other: 2,
    });
    expect(countOperations(store, 's3')).toEqual({
      counted: 0,
      ok: 0,
      failed: 0,
      rejected: 0,
      running: 0,
      other: 0,
    });
  });
});
