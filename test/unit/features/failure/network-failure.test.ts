import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { failureEffects } from '../../../../lib/features/failure/effect.ts';
import { classifyNetworkFailure } from '../../../../lib/features/failure/network-failure.ts';
import { createNetworkRefresher } from '../../../../lib/features/failure/network-event.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

describe('networkFailure', () => {
  it.each([
    [
      'WebFetch',
      'https://docs.example.org/a',
      'Request failed with status code 404',
      { kind: 'web', host: 'docs.example.org', reason: 'status-404' },
    ],
    [
      'WebFetch',
      'https://u:p@example.org:8443/',
      'certificate has expired',
      { kind: 'web', host: 'example.org', reason: 'tls' },
    ],
    ['WebSearch', '', 'something', { kind: 'web', reason: 'other' }],
    [
      'mcp__github__create_issue',
      '',
      'HTTP 429 too many requests',
      { kind: 'mcp', host: 'github', reason: 'rate-limited' },
    ],
    ['mcp__db__query', '', 'syntax error', { kind: 'mcp', host: 'db', reason: 'other' }],
    [
      'Bash',
      'curl https://api.example.org/x',
      'Exit code 6\ncurl: (6) Could not resolve host: api.example.org',
      { kind: 'command', host: 'api.example.org', reason: 'dns' },
    ],
    [
      'Bash',
      'npm install',
      'Exit code 1\nnpm error network request to https://registry.example.org/x failed, reason: connect ECONNREFUSED',
      { kind: 'command', host: 'registry.example.org', reason: 'refused' },
    ],
    [
      'Bash',
      'git pull',
      "Exit code 1\nfatal: unable to access 'https://example.org/r.git/': Failed to connect to example.org port 443",
      { kind: 'command', host: 'example.org', reason: 'unreachable' },
    ],
  ])('tells of a failed %s %s', (tool, target, error, expected) => {
    expect(classifyNetworkFailure(tool, target, error)).toEqual(expected);
  });

  it.each([
    ['Bash', 'npx vitest run', 'Exit code 1\nAssertionError: expected ECONNREFUSED to be ok'],
    ['Bash', 'make', 'Exit code 2\nNo space left on device'],
    ['Bash', 'ls /x', 'Exit code 2\nls: cannot access /x'],
    ['Edit', '/a', 'ECONNREFUSED'],
    ['turn', '', 'overloaded'],
  ])('finds nothing of the network in a failed %s %s', (tool, target, error) => {
    expect(classifyNetworkFailure(tool, target, error)).toBeUndefined();
  });
});

describe('networkRefresher', () => {
  function setUp() {
    const database = testStore();
    const apply = eventApplier(database, [failureEffects], () => 1);
    const tell = createNetworkRefresher({ storeAs: (events) => void apply(events) });
    const fail = (payload: JsonObject, id = 'f1'): void => {
      apply([
        testEvent({
          event_id: id,
          event_type: 'task.failed',
          correlation_id: 'p1',
          payload: { session_id: 's1', ...payload },
        }),
      ]);
      for (const { kind, key } of listDueRefreshes(database, 99))
        if (kind === 'network') tell(database, key);
    };
    const told = () =>
      database
        .prepare("SELECT envelope FROM events WHERE type = 'network.failed'")
        .all()
        .map(({ envelope }): JsonObject => JSON.parse(String(envelope)));
    return { database, fail, told };
  }

  it('tells of a failed web call once, however often it is asked', () => {
    const { fail, told } = setUp();
    fail({
      call: {
        tool: 'WebFetch',
        target: 'https://example.org',
        error: 'ETIMEDOUT',
        tool_use_id: 't1',
      },
    });
    fail({ call: { tool: 'Bash', target: 'ls', error: 'x' } }, 'f2');
    expect(told()).toMatchObject([
      {
        correlation_id: 'p1',
        metadata: { cause: 'f1' },
        payload: {
          session_id: 's1',
          kind: 'web',
          host: 'example.org',
          reason: 'timeout',
          tool: 'WebFetch',
          tool_use_id: 't1',
          error: 'ETIMEDOUT',
        },
      },
    ]);
  });

  it('asks for nothing at tools that use no network, and at calls that a person stopped', () => {
    const { database, fail } = setUp();
    fail({ call: { tool: 'Edit', target: '/a', error: 'ECONNREFUSED' } });
    fail(
      {
        is_interrupt: true,
        call: { tool: 'WebFetch', target: 'https://example.org', error: 'stopped' },
      },
      'f2',
    );
    expect(listDueRefreshes(database, 99).filter(({ kind }) => kind === 'network')).toEqual([]);
  });
});
