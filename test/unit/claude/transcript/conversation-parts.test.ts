import { describe, expect, it } from 'vitest';
import {
  parseConversationLine,
  MAX_TEXT,
} from '../../../../lib/claude/transcript/conversation-parts.ts';

const AT = '2026-11-22T10:00:00.000Z';
const TOKEN = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

function user(content: unknown, more: object = {}): string {
  return JSON.stringify({
    type: 'user',
    uuid: 'u1',
    timestamp: AT,
    message: { role: 'user', content },
    ...more,
  });
}

function assistant(content: unknown): string {
  return JSON.stringify({
    type: 'assistant',
    uuid: 'a1',
    timestamp: AT,
    message: { id: 'msg_1', role: 'assistant', content },
  });
}

describe('conversationParts', () => {
  it('reads prompts, answers and thoughts', () => {
    expect(parseConversationLine(user('Fix it'))).toMatchObject([
      { kind: 'prompt', text: 'Fix it' },
    ]);
    const both = [
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'Done.' },
    ];
    expect(parseConversationLine(assistant(both))).toMatchObject([
      { kind: 'thought', text: 'Hm.' },
      { kind: 'answer', text: 'Done.' },
    ]);
  });

  it('takes what the client wrote in the place of a person for a note', () => {
    expect(parseConversationLine(user('Caveat', { isMeta: true }))[0]?.kind).toBe('note');
    const output = '<local-command-stdout>x</local-command-stdout>';
    expect(parseConversationLine(user(output))[0]?.kind).toBe('note');
  });

  it('redacts prompts, inputs, results and changes', () => {
    const call = {
      type: 'tool_use',
      id: 't1',
      name: 'Edit',
      input: { file_path: '/a', old_string: 'x', new_string: `k=${TOKEN}` },
    };
    const result = { type: 'tool_result', tool_use_id: 't1', content: TOKEN };
    const patch = { toolUseResult: { structuredPatch: [{ lines: [`+k=${TOKEN}`] }] } };
    const lines = [user(`use ${TOKEN}`), assistant([call]), user([result], patch)];
    const parts = lines.flatMap(parseConversationLine);
    expect(parts.map(({ kind }) => kind)).toEqual(['prompt', 'call', 'result']);
    expect(JSON.stringify(parts)).not.toContain('ghp_');
  });

  it('gives one id to a message that is written again under another uuid', () => {
    const [first] = parseConversationLine(user('Fix it'));
    const [again] = parseConversationLine(user('Fix it', { uuid: 'u2' }));
    expect(again?.id).toBe(first?.id);
  });

  it('cuts a text that is too long and says so', () => {
    const [part] = parseConversationLine(user('x'.repeat(MAX_TEXT + 7)));
    expect(part).toMatchObject({
      text: expect.stringMatching(/\n\[7 more characters are left out\]$/),
    });
  });

  it('names pictures and unknown blocks with their size', () => {
    const picture = { type: 'image', source: { media_type: 'image/png', data: 'AAAA' } };
    expect(parseConversationLine(user([picture, { type: 'hologram' }]))).toMatchObject([
      { kind: 'image', what: 'image/png' },
      { kind: 'unknown', what: 'hologram' },
    ]);
  });

  it('has a picture that a browser shows, whole and of the kind that it says', () => {
    const image = (media_type: string, data: string, type = 'base64') => ({
      type: 'image',
      source: { type, media_type, data },
    });
    const pictures = [
      image('image/png', 'iVBORw0KGgoAAAA='),
      image('image/jpeg', '/9j/4AAQ'),
      image('image/svg+xml', 'PHN2Zz48c2NyaXB0Pg=='),
      image('image/png', '"><script>alert(1)</script>'),
      image('image/png', 'iVBORw0KGgo"onload="x'),
      image('image/png', '/9j/4AAQ'),
      image('image/png', `iVBORw0KGgo${'A'.repeat(4 << 20)}`),
      image('__proto__', 'iVBORw0KGgo='),
      { type: 'image', source: { type: 'url', url: 'https://a.example/p.png' } },
    ];
    const parts = parseConversationLine(user(pictures));
    expect(parts).toHaveLength(pictures.length);
    expect(parts.flatMap((part) => ('picture' in part ? part.picture : []))).toEqual([
      'data:image/png;base64,iVBORw0KGgoAAAA=',
      'data:image/jpeg;base64,/9j/4AAQ',
    ]);
  });

  it('reads on where blocks are nested 100,000 deep', () => {
    const nested = '['.repeat(100_000) + ']'.repeat(100_000);
    const line = assistant([
      { type: 'hologram', x: '@@' },
      { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls', x: '@@' } },
    ]).replaceAll('"@@"', nested);
    const parts = parseConversationLine(line);
    expect(parts).toMatchObject([
      { kind: 'unknown', what: 'hologram' },
      { kind: 'call', target: 'ls' },
    ]);
    expect(JSON.stringify(parts).length).toBeLessThan(2_000);
  });

  it('reads what hooks told Claude, and compactions', () => {
    const told = {
      type: 'attachment',
      timestamp: AT,
      attachment: { type: 'hook_additional_context', content: ['It failed before.'] },
    };
    expect(parseConversationLine(JSON.stringify(told))).toMatchObject([
      { kind: 'told', text: 'It failed before.' },
    ]);
    const compacted = { type: 'system', subtype: 'compact_boundary', uuid: 's1', timestamp: AT };
    expect(parseConversationLine(JSON.stringify(compacted))).toMatchObject([
      { kind: 'compaction' },
    ]);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"type":"user"}',
    '{"type":"user","message":{"content":[null,3,{}]}}',
    '<<<<<<< HEAD',
    '\u0000\u0000',
  ])('finds no words in %j', (line) => {
    expect(parseConversationLine(line).filter((part) => 'text' in part)).toEqual([]);
  });
});
