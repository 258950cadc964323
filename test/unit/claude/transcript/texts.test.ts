import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTexts } from '../../../../lib/claude/transcript/texts.ts';

const AT = Date.parse('2026-11-22T05:00:00.123Z');

function line(fields: object): string {
  return JSON.stringify({ timestamp: '2026-11-22T05:00:00.123Z', isSidechain: false, ...fields });
}

function user(content: unknown, more: object = {}): string {
  return line({ type: 'user', message: { role: 'user', content }, ...more });
}

function assistant(content: readonly object[], more: object = {}): string {
  return line({ type: 'assistant', message: { id: 'msg_1', role: 'assistant', content }, ...more });
}

function typed(text: string): readonly string[] {
  return readTexts(text).map((found) => found.text);
}

describe('readTexts', () => {
  it('gives what a person typed, whole and as it stands there', () => {
    const text = `use ghp_${'a1B2'.repeat(9)} ${'x'.repeat(10_000)}`;
    expect(readTexts(user(text))).toEqual([
      { kind: 'prompt', id: expect.stringContaining(`prompt/${AT}/`), at: AT, text },
    ]);
    const image = { type: 'image', source: { data: 'AAAA' } };
    expect(typed(user([{ type: 'text', text: 'look' }, image]))).toEqual(['look']);
  });

  it('gives each text of an answer and of a result', () => {
    const content = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'One.' },
      { type: 'tool_use', id: 't1', name: 'Bash', input: {} },
      { type: 'text', text: 'Two.' },
    ];
    const answers = readTexts(assistant(content));
    expect(answers.map(({ kind, text }) => [kind, text])).toEqual([
      ['answer', 'One.'],
      ['answer', 'Two.'],
    ]);
    expect(answers.every(({ id }) => id.startsWith('msg_1/'))).toBe(true);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(2);
    const result = {
      type: 'tool_result',
      tool_use_id: 't1',
      content: [{ type: 'text', text: 'ok' }],
    };
    expect(readTexts(user([result], { agentId: 'a1' }))).toEqual([
      { kind: 'result', id: 't1', at: AT, agentId: 'a1', text: 'ok' },
    ]);
  });

  it('gives a copy of a line the same ids, whatever uuid it has', () => {
    const ids = (uuid: string, sessionId: string) =>
      [user('do it', { uuid, sessionId }), assistant([{ type: 'text', text: 'Done.' }], { uuid })]
        .flatMap(readTexts)
        .map(({ id }) => id);
    expect(ids('u1', 's1')).toEqual(ids('u2', 's2'));
  });

  it.each([
    ['a meta line', user('Caveat', { isMeta: true })],
    ['the summary of a compaction', user('This session', { isCompactSummary: true })],
    ['output of a command', user('<local-command-stdout>Compacted</local-command-stdout>')],
    [
      'a command without arguments',
      user('<command-name>/clear</command-name>\n<command-args></command-args>'),
    ],
    ['a notice', user('<task-notification>\n<task-id>a1</task-id>')],
    ['a notice by its source', user('done', { promptSource: 'system' })],
    ['an interruption', user([{ type: 'text', text: '[Request interrupted by user]' }])],
    ['the prompt of an agent', user('AGENT: look', { agentId: 'a1', isSidechain: true })],
    [
      'an error of the API',
      assistant([{ type: 'text', text: 'Overloaded' }], { isApiErrorMessage: true }),
    ],
    ['a line that a fork copied', user('do it', { forkedFrom: { sessionId: 's0' } })],
    ['a copy of a request', `{"type":"api-request-blob",${user('do it').slice(1)}`],
    [
      'a line without a time',
      JSON.stringify({ type: 'user', message: { role: 'user', content: 'x' } }),
    ],
  ])('gives nothing for %s', (_what, text) => {
    expect(readTexts(text)).toEqual([]);
  });

  it('gives commands with arguments, shell input and queued prompts as a person typed them', () => {
    const command =
      '<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>the cents</command-args>';
    expect(typed(user(command))).toEqual(['/review the cents']);
    expect(typed(user('<bash-input>ls -l</bash-input>'))).toEqual(['! ls -l']);
    const queued = (more: object) =>
      line({
        type: 'attachment',
        attachment: { type: 'queued_command', prompt: 'and this', ...more },
      });
    expect(typed(queued({ commandMode: 'prompt' }))).toEqual(['and this']);
    expect(typed(queued({ commandMode: 'task-notification' }))).toEqual([]);
  });

  it('names an agent that has no id', () => {
    const [text] = readTexts(assistant([{ type: 'text', text: 'Done.' }], { isSidechain: true }));
    expect(text?.agentId).toBe('unnamed');
  });

  it('never throws, whatever JSON a line holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (content, rest) => {
        for (const type of ['user', 'assistant', 'attachment'])
          readTexts(
            line({
              type,
              message: { role: 'user', content },
              attachment: { type: 'queued_command', prompt: rest },
            }),
          );
        readTexts(JSON.stringify(rest));
      }),
    );
  });
});
