import { isJsonObject, type JsonObject, stringField } from '../../../lib/core/json.ts';

/** The messages of a Messages API request; an empty list when there are none. */
function messagesOf(body: JsonObject): readonly JsonObject[] {
  const messages = body['messages'];
  return Array.isArray(messages) ? messages.filter(isJsonObject) : [];
}

/** All text in a message's content, tool results included, joined by newlines. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isJsonObject)
    .map((block) => stringField(block, 'text') ?? contentText(block['content']))
    .join('\n');
}

/** The text of the first user message: it identifies the conversation. */
export function firstUserText(body: JsonObject): string {
  return contentText(messagesOf(body).find((message) => message['role'] === 'user')?.['content']);
}

/**
 * Everything that a request says to the model besides its own words: system prompt and every
 * message that is not the assistant's.
 */
export function toldToModel(body: JsonObject): string {
  const messages = messagesOf(body).filter((message) => message['role'] !== 'assistant');
  return [
    contentText(body['system']),
    ...messages.map((message) => contentText(message['content'])),
  ].join('\n');
}
