import type { TodoFact } from '../../claude/transcript/todo-facts.ts';
import type { Database } from '../../store/database.ts';

/** Of two at one time the greater: the order of reading must not matter. */
const KEEP_LIST = `INSERT INTO todo_lists (session_id, at, items) VALUES (?, ?, ?)
  ON CONFLICT (session_id) DO UPDATE SET at = excluded.at, items = excluded.items
  WHERE (excluded.at, excluded.items) > (todo_lists.at, todo_lists.items)`;
const KEEP_STATE = `INSERT INTO task_states (session_id, task_id, at, status) VALUES (?, ?, ?, ?)
  ON CONFLICT (session_id, task_id) DO UPDATE SET at = excluded.at, status = excluded.status
  WHERE (excluded.at, excluded.status) > (task_states.at, task_states.status)`;

/** Keeps the latest list of todos of a session, and the latest status of each task. Call it inside a transaction. */
export function keepTodos(database: Database, sessionId: string, fact: TodoFact): void {
  if (fact.kind === 'todos')
    database.prepare(KEEP_LIST).run(sessionId, fact.at, JSON.stringify(fact.items));
  else database.prepare(KEEP_STATE).run(sessionId, fact.taskId, fact.at, fact.status);
}
