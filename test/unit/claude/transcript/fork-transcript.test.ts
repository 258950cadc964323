import { describe, expect, it } from 'vitest';
import { forkTranscript } from '../../../../lib/claude/transcript/fork-transcript.ts';

const MINUTE = 60_000;
const line = (minute: number, type: string, content: unknown): string =>
  JSON.stringify({
    ...{
      type,
      sessionId: 'old',
      uuid: `u${minute}`,
      timestamp: new Date(minute * MINUTE).toISOString(),
    },
    message: { role: type, content },
  });
const call = (id: string) => [{ type: 'tool_use', id, name: 'Bash', input: {} }];
const result = (id: string) => [{ type: 'tool_result', tool_use_id: id, content: 'ok' }];

const TEXT = [
  JSON.stringify({ type: 'file-history-snapshot', messageId: 'm' }),
  line(1, 'user', 'Do it'),
  line(2, 'assistant', call('a')),
  line(3, 'user', result('a')),
  line(4, 'assistant', [{ type: 'text', text: 'Done.' }]),
  'broken {',
  line(5, 'user', 'And now'),
  line(6, 'assistant', call('b')),
  line(7, 'user', result('b')),
].join('\n');

const uuidsAt = (minute: number): readonly string[] =>
  forkTranscript(TEXT, { session: 'new', until: minute * MINUTE })
    .split('\n')
    .flatMap((one) => (one === '' ? [] : JSON.parse(one).uuid));

describe('forkTranscript', () => {
  it.each([
    [1, ['u1']],
    [2, ['u1']],
    [3, ['u1', 'u2', 'u3']],
    [5, ['u1', 'u2', 'u3', 'u4', 'u5']],
    [6, ['u1', 'u2', 'u3', 'u4', 'u5']],
    [9, ['u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7']],
  ])('ends where every call has its result: minute %i', (minute, uuids) => {
    expect(uuidsAt(minute)).toEqual(uuids);
  });

  it('is all of the new session', () => {
    const text = forkTranscript(TEXT, { session: 'new', until: 9 * MINUTE });
    expect(text).not.toContain('"old"');
    expect(text.match(/"sessionId":"new"/g)).toHaveLength(7);
  });

  it('is empty when nothing was said by then', () => {
    expect(forkTranscript(TEXT, { session: 'new', until: 0 })).toBe('');
    expect(forkTranscript('', { session: 'new', until: MINUTE })).toBe('');
  });
});
