import { isJsonObject, type JsonObject, objectField, stringField } from '../../core/json.ts';
import { redactHead } from '../tool-target.ts';

/** One line of a list of todos. */
export interface TodoItem {
  readonly text: string;
  /** `pending`, `in_progress` or `completed`. */
  readonly status: string;
}

/** What a call changes on the lists of things to do. */
export type TodoFact =
  /** A whole list, in place of the one before. */
  | {
      readonly kind: 'todos';
      readonly items: readonly TodoItem[];
      readonly at: number;
      readonly agentId?: string;
    }
  | {
      readonly kind: 'task-status';
      readonly taskId: string;
      readonly status: string;
      readonly at: number;
      readonly agentId?: string;
    };

const TEXT_LIMIT = 200;
const MAX_ITEMS = 50;

/** The fact in one `tool_use` block; none for calls of other tools. Texts are redacted and cut. */
export function parseTodos(
  tool: string,
  input: JsonObject,
  at: number,
  agent: { readonly agentId?: string },
): readonly TodoFact[] {
  if (tool === 'TodoWrite') {
    const todos = input['todos'];
    return Array.isArray(todos)
      ? [{ kind: 'todos', items: todos.slice(0, MAX_ITEMS).flatMap(itemOf), at, ...agent }]
      : [];
  }
  if (tool !== 'TaskUpdate') return [];
  const taskId = stringField(input, 'taskId');
  const status = stringField(input, 'status');
  return taskId === undefined || status === undefined
    ? []
    : [
        {
          kind: 'task-status',
          taskId: taskId.slice(0, 128),
          status: status.slice(0, 32),
          at,
          ...agent,
        },
      ];
}

function itemOf(item: unknown): readonly TodoItem[] {
  const fields = isJsonObject(item) ? item : objectField({}, '');
  const text = stringField(fields, 'content');
  return text === undefined
    ? []
    : [
        {
          text: redactHead(text, TEXT_LIMIT),
          status: (stringField(fields, 'status') ?? 'pending').slice(0, 32),
        },
      ];
}
