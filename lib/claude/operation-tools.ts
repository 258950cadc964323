/**
 * Tools whose calls are operations: they change files, run commands or start agents (`Task` is the
 * old name of `Agent`).
 */
export const OPERATION_TOOLS: readonly string[] = [
  'Write',
  'Edit',
  'MultiEdit',
  'NotebookEdit',
  'Bash',
  'Agent',
  'Task',
];

/** The name that hooks use for a tool: models still write `Task` where hooks say `Agent`. */
export function canonicalToolName(name: string): string {
  return name === 'Task' ? 'Agent' : name;
}
