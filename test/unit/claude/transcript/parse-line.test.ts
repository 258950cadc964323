import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../../lib/claude/transcript/parse-line.ts';
import { assistant, AT, failure, line } from './transcript-line.ts';

describe('parseLine', () => {
  it('gives a call for each tool_use block and the usage of the answer', () => {
    const text = assistant([
      { type: 'text', text: 'Writing.' },
      {
        type: 'tool_use',
        id: 'toolu_1',
        name: 'Write',
        input: { file_path: 'a.txt', content: 'never kept' },
      },
      { type: 'tool_use', id: 'toolu_2', name: 'Bash', input: { command: 'npm test' } },
    ]);
    expect(parseLine(text)).toEqual([
      { kind: 'call', toolUseId: 'toolu_1', tool: 'Write', target: 'a.txt', at: AT },
      { kind: 'call', toolUseId: 'toolu_2', tool: 'Bash', target: 'npm test', at: AT },
      { kind: 'usage', messageId: 'msg_1', model: 'claude-opus-4-8', tokens: 3210, at: AT },
      expect.objectContaining({ kind: 'spend', messageId: 'msg_1', input: 10, output: 7 }),
      {
        kind: 'message',
        role: 'answer',
        id: expect.stringMatching(/^msg_1\//),
        text: 'Writing.',
        length: 8,
        at: AT,
      },
    ]);
  });

  it('keeps the head of what a person typed without its secrets, and how long the whole is', () => {
    const typed = `${'say it '.repeat(500)}`;
    const text = line({
      type: 'user',
      message: { role: 'user', content: `use ghp_${'a1B2'.repeat(9)} and ${typed}` },
    });
    const [fact] = parseLine(text);
    expect(fact).toMatchObject({ kind: 'message', role: 'prompt', length: 3_548 });
    expect(JSON.stringify(fact)).toContain('use [redacted] and say it');
    expect(JSON.stringify(fact)).not.toContain('a1B2a1B2');
    expect(fact?.kind === 'message' ? fact.text.length : 0).toBeLessThanOrEqual(2_000);
  });

  it('knows what an answer cost, by kind of token, on the main chain and of an agent', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 7,
      cache_read_input_tokens: 3000,
      cache_creation_input_tokens: 500,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 300 },
      server_tool_use: { web_search_requests: 2 },
      service_tier: 'standard',
      speed: 'fast',
      inference_geo: 'us',
    };
    const message = { id: 'msg_1', role: 'assistant', model: 'claude-opus-4-8', usage };
    const spent = (fields: object, more: object = {}) =>
      parseLine(line({ type: 'assistant', message: { ...message, ...fields }, ...more })).filter(
        ({ kind }) => kind === 'spend',
      );
    expect(spent({}, { requestId: 'req_1' })).toEqual([
      {
        ...{ kind: 'spend', messageId: 'msg_1', requestId: 'req_1', model: 'claude-opus-4-8' },
        ...{ tier: 'standard', speed: 'fast', geo: 'us' },
        ...{ at: AT, input: 10, output: 7, cacheRead: 3000 },
        ...{ cacheWrite5m: 200, cacheWrite1h: 300, webSearches: 2 },
      },
    ]);
    expect(spent({}, { agentId: 'a1' })[0]).toMatchObject({ agentId: 'a1', requestId: '' });
    expect(spent({}, { isSidechain: true })[0]).toMatchObject({ agentId: 'unnamed' });
    const unsaid = { ...usage, cache_creation: { ephemeral_1h_input_tokens: 0 } };
    expect(spent({ usage: unsaid })[0]).toMatchObject({ cacheWrite5m: 500, cacheWrite1h: 0 });
    expect(spent({ model: '<synthetic>' })).toEqual([]);
    expect(spent({}, { isApiErrorMessage: true })).toEqual([]);
  });

  it('knows titles without a time, in one line', () => {
    const titles = [
      { type: 'ai-title', aiTitle: 'Round\nthe cents', sessionId: 's1' },
      { type: 'custom-title', customTitle: ' Cents ', sessionId: 's1' },
      { type: 'summary', summary: 'Cents rounded', leafUuid: 'u1' },
      { type: 'ai-title', aiTitle: '' },
    ];
    expect(titles.flatMap((title) => parseLine(JSON.stringify(title)))).toEqual([
      { kind: 'title', source: 'ai', session: 's1', title: 'Round the cents', at: 0 },
      { kind: 'title', source: 'custom', session: 's1', title: 'Cents', at: 0 },
      { kind: 'title', source: 'summary', title: 'Cents rounded', at: 0 },
    ]);
  });

  it('calls the Task tool Agent, as hooks do', () => {
    const text = assistant([
      {
        type: 'tool_use',
        id: 'toolu_1',
        name: 'Task',
        input: { subagent_type: 'Explore', description: 'look around' },
      },
    ]);
    expect(parseLine(text)[0]).toMatchObject({ tool: 'Agent', target: 'Explore: look around' });
  });

  it("names the agent of a sidechain line, whose usage is the agent's own", () => {
    const text = assistant(
      [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } }],
      { isSidechain: true, agentId: 'a1' },
    );
    expect(parseLine(text)).toEqual([
      { kind: 'call', toolUseId: 'toolu_1', tool: 'Bash', target: 'ls', at: AT, agentId: 'a1' },
      expect.objectContaining({ kind: 'spend', agentId: 'a1' }),
      { kind: 'agent-usage', agentId: 'a1', model: 'claude-opus-4-8', tokens: 3217, at: AT },
    ]);
  });

  it.each([
    [
      'synthetic answers',
      line({
        type: 'assistant',
        message: { id: 'm', model: '<synthetic>', content: [], usage: { input_tokens: 5 } },
      }),
    ],
    ['API errors', assistant([], { isApiErrorMessage: true })],
    [
      'answers without tokens',
      line({
        type: 'assistant',
        message: { id: 'm', model: 'x', content: [], usage: { input_tokens: 0 } },
      }),
    ],
  ])('has no usage in %s', (_name, text) => {
    expect(parseLine(text)).toEqual([]);
  });

  it('takes what is left after a compaction', () => {
    const text = line({
      type: 'system',
      subtype: 'compact_boundary',
      uuid: 'u1',
      compactMetadata: { trigger: 'manual', preTokens: 51550, postTokens: 573 },
    });
    expect(parseLine(text)).toEqual([{ kind: 'compaction', id: 'u1', tokens: 573, at: AT }]);
  });

  it('counts cache writes that are given by lifetime only, and not twice beside their sum', () => {
    const tokensOf = (usage: object): unknown =>
      parseLine(assistant([], { message: { id: 'm', model: 'x', content: [], usage } }))[0];
    const byLifetime = { ephemeral_5m_input_tokens: 9_000, ephemeral_1h_input_tokens: 990 };
    const usage = { input_tokens: 10, cache_read_input_tokens: 50_000, output_tokens: 1 };
    for (const written of [
      { cache_creation: byLifetime },
      { cache_creation: byLifetime, cache_creation_input_tokens: 9_990 },
      { cache_creation: byLifetime, cache_creation_input_tokens: 0 },
      { cache_creation: null, cache_creation_input_tokens: 9_990 },
      { cache_creation: { ...byLifetime, ephemeral_9m_input_tokens: -5, other: 7 } },
    ])
      expect(tokensOf({ ...usage, ...written })).toMatchObject({ kind: 'usage', tokens: 60_000 });
  });

  it('knows a compaction that does not say what it left', () => {
    for (const own of [{}, { compactMetadata: {} }, { compactMetadata: { postTokens: -1 } }])
      expect(
        parseLine(line({ type: 'system', subtype: 'compact_boundary', uuid: 'u', ...own })),
      ).toMatchObject([{ kind: 'compaction', id: 'u', tokens: null }]);
  });

  it('ignores stored request bodies, whatever they hold', () => {
    const message = {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }],
    };
    expect(parseLine(line({ type: 'api-request-blob', message }))).toEqual([]);
  });

  it('has nothing to say about a fact without a time', () => {
    const text = assistant([{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }], {
      timestamp: 'soon',
    });
    expect(parseLine(text)).toEqual([]);
  });

  it.each([
    [''],
    ['{'],
    ['"tool_use"'],
    ['[{"type":"tool_use"}]'],
    [failure('x').slice(0, -20)],
    [line({ type: 'user', message: 'tool_result "tool_result"' })],
    [
      line({
        type: 'user',
        message: {
          content: [null, 4, 'x', { type: 'tool_result' }, { type: 'tool_result', tool_use_id: 7 }],
        },
      }),
    ],
    [line({ type: 'assistant', message: { content: { type: 'tool_use' }, usage: 'x' } })],
    [line({ type: 'system', subtype: 'compact_boundary', isSidechain: true })],
  ])('gives nothing for %j', (text) => {
    expect(parseLine(text)).toEqual([]);
  });

  it('knows lists of todos and what becomes of tasks, beside the calls that tell them', () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const todos = [
      { content: `deploy with ${secret}`, status: 'in_progress', activeForm: 'x' },
      { content: 'rest' },
      { status: 'pending' },
      'x',
    ];
    const message = {
      content: [
        { type: 'tool_use', id: 't1', name: 'TodoWrite', input: { todos } },
        {
          type: 'tool_use',
          id: 't2',
          name: 'TaskUpdate',
          input: { taskId: '7', status: 'deleted' },
        },
        {
          type: 'tool_use',
          id: 't3',
          name: 'TaskUpdate',
          input: { taskId: '7', subject: 'no status' },
        },
        { type: 'tool_use', id: 't4', name: 'TodoWrite', input: { todos: 'none' } },
      ],
    };
    const facts = parseLine(line({ type: 'assistant', message, agentId: 'a1' })).filter(
      ({ kind }) => kind !== 'call',
    );
    const items = [
      { text: 'deploy with [redacted]', status: 'in_progress' },
      { text: 'rest', status: 'pending' },
    ];
    expect(facts).toMatchObject([
      { kind: 'todos', items, agentId: 'a1' },
      { kind: 'task-status', taskId: '7', status: 'deleted', agentId: 'a1' },
    ]);
  });

  it('never throws, whatever JSON a line holds', () => {
    const word = fc.constantFrom(
      'assistant',
      'user',
      'system',
      'tool_use',
      'tool_result',
      'compact_boundary',
    );
    const value = fc.jsonValue({ maxDepth: 3 });
    const block = fc.record(
      {
        type: word,
        id: value,
        name: value,
        input: value,
        tool_use_id: value,
        content: value,
        is_error: value,
      },
      { requiredKeys: [] },
    );
    const content = fc.oneof(value, fc.array(fc.oneof(value, block)));
    const message = fc.oneof(
      value,
      fc.record({ id: value, model: value, usage: value, content }, { requiredKeys: [] }),
    );
    const any = fc.record(
      {
        type: word,
        subtype: word,
        message,
        compactMetadata: value,
        permissionDecision: value,
        agentId: value,
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(fc.property(any, (fields) => Array.isArray(parseLine(line(fields)))));
  });
});
