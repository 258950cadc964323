import { count, open, text } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

export const NETWORK_TYPES = {
  'network.failed': eventType({
    doc: 'A call over the network failed: a web tool, an MCP server, a command, a webhook or a relay.',
    madeBy: [['worker', '`task.failed` of such a tool or command, and its own deliveries']],
    payload: open({
      ...PLACE_FIELDS,
      kind: text('`web`, `mcp`, `command`, `webhook` or `relay`.'),
      name: text('Which webhook.'),
      host: text('Which host, or which server.'),
      status: count('The status of the answer.'),
      error: text('The head of the error.'),
      reason: text('What went wrong, in a word.'),
      tool: text('The tool.'),
      tool_use_id: text('The call.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      kind: 'web',
      host: 'example.org',
      error: 'timed out',
      reason: 'timeout',
      tool: 'WebFetch',
      tool_use_id: 'toolu_07',
    },
  }),
};
