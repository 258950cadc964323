import type { SourceCall, SourceMessage } from './table-sources.ts';
import type { IndexDocument } from './write.ts';

/** Tools whose target is a file or a folder. */
const FILE_TOOLS: ReadonlySet<string> = new Set([
  ...['Read', 'Write', 'Edit', 'MultiEdit', 'NotebookEdit', 'NotebookRead', 'Glob', 'Grep', 'LS'],
]);

/** A call as a document. @param result The beginning of what it gave back, redacted. */
export function createCallDocument(call: SourceCall, result = ''): IndexDocument {
  const { id, tool, target, error, outcome, at } = call;
  const hasFailed = outcome === 'failed' || outcome === 'rejected';
  return {
    kind: FILE_TOOLS.has(tool) ? 'file' : 'command',
    ref: id,
    at,
    main: target === '' ? tool : target,
    hasFailed,
    ...(hasFailed ? { error: result.length > error.length ? result : error } : { output: result }),
  };
}

export function createMessageDocument({ id, role, text, at }: SourceMessage): IndexDocument {
  return { kind: role, ref: id, at, main: text };
}

/** Names a title: a session that gets another one has a new document. */
export function titleRef(session: string, title: string): string {
  return `title/${session}/${title}`;
}
