import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../../lib/core/json.ts';
import type { Block, Turn } from './script.ts';

/**
 * Which answer this is: ids are the API's own stem and a running number, so that a run can be read
 * by eye and a resumed session sees no id twice.
 */
export interface AnswerFrame {
  readonly idStem: string;
  readonly serial: number;
  readonly model: string;
}

/** Answers one Messages API request with the events of a streamed message. */
export function streamAnswer(response: ServerResponse, turn: Turn, frame: AnswerFrame): void {
  const blocks = (turn.blocks ?? []).map((block, index) => named(block, frame, index));
  const { message, stopReason } = answerMessage(turn, blocks, frame);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: JsonObject): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  send('message_start', { message: { ...message, content: [], stop_reason: null } });
  for (const [index, block] of blocks.entries()) {
    const { opened, delta } = pieces(block);
    send('content_block_start', { index, content_block: opened });
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  }
  send('message_delta', {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: message.usage['output_tokens'] },
  });
  send('message_stop', {});
  response.end();
}

/** The same answer as one JSON object, for requests that do not stream. */
export function wholeAnswer(turn: Turn, frame: AnswerFrame): JsonObject {
  const blocks = (turn.blocks ?? []).map((block, index) => named(block, frame, index));
  const { message, stopReason } = answerMessage(turn, blocks, frame);
  return { ...message, content: blocks, stop_reason: stopReason };
}

function answerMessage(turn: Turn, blocks: readonly Block[], frame: AnswerFrame) {
  const usage: JsonObject = {
    input_tokens: 12,
    cache_creation_input_tokens: 800,
    cache_read_input_tokens: 15_000 + 900 * frame.serial,
    output_tokens: 60,
    ...turn.usage,
  };
  const message = {
    id: `msg_${idText(frame)}`,
    type: 'message',
    role: 'assistant',
    model: frame.model,
    stop_sequence: null,
    usage,
  };
  return {
    message,
    stopReason: blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn',
  };
}

function named(block: Block, frame: AnswerFrame, index: number): Block {
  return block.type === 'tool_use'
    ? { ...block, id: block.id ?? `toolu_${idText(frame)}${index}` }
    : block;
}

function pieces(block: Block): { readonly opened: JsonObject; readonly delta: JsonObject } {
  if (block.type === 'text')
    return { opened: { type: 'text', text: '' }, delta: { type: 'text_delta', text: block.text } };
  const { input, ...rest } = block;
  return {
    opened: { ...rest, input: {} },
    delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) },
  };
}

function idText(frame: AnswerFrame): string {
  return `01${frame.idStem}${String(frame.serial).padStart(4, '0')}`;
}
