export const AT = Date.parse('2026-11-22T05:00:00.123Z');

export function line(fields: object): string {
  return JSON.stringify({ timestamp: '2026-11-22T05:00:00.123Z', isSidechain: false, ...fields });
}

export function assistant(content: readonly object[], more: object = {}): string {
  const usage = {
    input_tokens: 10,
    cache_creation_input_tokens: 200,
    cache_read_input_tokens: 3000,
    output_tokens: 7,
  };
  return line({
    type: 'assistant',
    message: { id: 'msg_1', role: 'assistant', model: 'claude-opus-4-8', content, usage },
    ...more,
  });
}

export function failure(content: unknown, more: object = {}): string {
  return line({
    type: 'user',
    message: {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content, is_error: true }],
    },
    ...more,
  });
}
