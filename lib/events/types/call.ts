import { number, object, text, word } from './fields.ts';

/** A tool call as events describe it. Texts are cut to 500 characters. */
export const CALL = object(
  {
    tool: text('The name of the tool.'),
    target: text('Its file, or its command line.'),
    outcome: word(['ok', 'failed'], 'How it ended.'),
    tool_use_id: text("Claude Code's id of the call."),
    error: text('The head of the error.'),
    duration_ms: number('How long it took, in milliseconds.'),
  },
  'The tool call that made it.',
);
