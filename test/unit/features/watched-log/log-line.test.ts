import { describe, expect, it } from 'vitest';
import { readLogLine } from '../../../../lib/features/watched-log/log-line.ts';

const read = (line: string, kind: 'failures' | 'policy' = 'failures') =>
  readLogLine(line, kind, '/log/failures.log');

describe('readLogLine', () => {
  it('takes plain text for an error of no command', () => {
    expect(read('  \u001b[31mdisk is full\u001b[0m\r')).toEqual({
      type: 'task.failed',
      payload: {
        call: { tool: 'log', target: '', outcome: 'failed', error: 'disk is full' },
        log: '/log/failures.log',
      },
    });
  });

  it('takes from a JSON line what it says: tool, command, error, session, project and time', () => {
    const line = {
      tool: 'Make',
      command: 'make all',
      error: 'no rule',
      session_id: 's-1',
      project: '/p',
      time: '2026-11-22T04:48:32Z',
    };
    expect(read(JSON.stringify(line))).toEqual({
      type: 'task.failed',
      at: Date.parse('2026-11-22T04:48:32Z'),
      payload: {
        session_id: 's-1',
        project: '/p',
        call: { tool: 'Make', target: 'make all', outcome: 'failed', error: 'no rule' },
        log: '/log/failures.log',
      },
    });
  });

  it.each([
    ['{"message":"m","command":"ls"}', { tool: 'Bash', target: 'ls', error: 'm' }],
    ['{"error":{"code":7}}', { tool: 'log', target: '', error: '{"code":7}' }],
    ['{"a":1}', { tool: 'log', target: '', error: 'no reason given' }],
    ['{"half":', { tool: 'log', target: '', error: '{"half":' }],
    ['[1,2]', { tool: 'log', target: '', error: '[1,2]' }],
    ['{"level":"error","msg":"m"}', { tool: 'log', target: '', error: 'm' }],
    ['{"level":60,"msg":"m"}', { tool: 'log', target: '', error: 'm' }],
  ])('reads %s', (line, call) => {
    expect(read(line)?.payload['call']).toMatchObject(call);
  });

  it.each([
    '',
    '   ',
    '\u001b[0m',
    '{"level":"info","message":"m"}',
    '{"level":"WARN","message":"m"}',
    '{"level":30,"msg":"m"}',
  ])('passes over %j', (line) => {
    expect(read(line)).toBeUndefined();
  });

  it('makes a violation of a line of the policy log', () => {
    expect(
      read(
        '{"rule":"no-push","command":"git push","message":"pushed to main","tool":"Bash"}',
        'policy',
      ),
    ).toEqual({
      type: 'security.policy_violation',
      payload: {
        rule: 'no-push',
        command: 'git push',
        message: 'pushed to main',
        tool: 'Bash',
        log: '/log/failures.log',
      },
    });
  });

  it('cuts long texts, takes secrets out, and refuses a session id that is none', () => {
    const event = read(
      JSON.stringify({
        command: `deploy --token ghp_${'a1B2'.repeat(9)}`,
        error: 'x'.repeat(10_000),
        session_id: '../../evil',
      }),
    );
    expect(JSON.stringify(event)).not.toContain('a1B2a1B2');
    expect(JSON.stringify(event).length).toBeLessThan(1_000);
    expect(event?.payload).not.toHaveProperty('session_id');
  });
});
