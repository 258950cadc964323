import type { CallEntry, CallResult, ConversationEntry } from '../query/conversation/entry.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';
import { formatBytes, formatCount } from '../core/units.ts';
import {
  escapeMarkdown,
  fenceCode,
  formatInlineCode,
  renderProseMarkdown,
} from './markdown-text.ts';
import {
  cleanLines,
  listHeadFacts,
  formatTitle,
  shortenTarget,
  formatTime,
} from './session-head.ts';

/** A session as Markdown, piece by piece. */
export function* renderSessionMarkdown(conversation: Conversation): Generator<string> {
  yield `# ${escapeMarkdown(formatTitle(conversation))}\n\n`;
  yield '| | |\n|---|---|\n';
  for (const [label, text] of listHeadFacts(conversation))
    yield `| ${label} | ${escapeMarkdown(cleanLines(text)).replace(/\s+/g, ' ')} |\n`;
  for (const entry of conversation.entries())
    yield `\n${entryText(entry, conversation.session.project)}\n`;
}

function entryText(entry: ConversationEntry, project: string | null): string {
  const mark = '#'.repeat(Math.min(6, 2 + entry.depth));
  switch (entry.kind) {
    case 'prompt':
      return `${mark} Prompt${formatWhen(entry.at)}\n\n${quoted(entry.text)}`;
    case 'answer':
      return `${mark} Claude\n\n${renderProseMarkdown(entry.text)}`;
    case 'thought':
      return folded('Thought', fenceCode(entry.text));
    case 'told':
      return `**Message to Claude:**\n\n${quoted(entry.text)}`;
    case 'note':
      return folded('Note of the client', fenceCode(entry.text));
    case 'call':
      return callText(entry, project);
    case 'late-result':
      return folded('Result of an earlier call', fenceCode(entry.result.text));
    case 'compaction':
      return '---\n\n*The context was compacted here.*';
    case 'agent-start':
      return `${mark} Agent ${escapeMarkdown(cleanLines(entry.type ?? entry.agentId))} begins`;
    case 'agent-end':
      return `*Agent ${escapeMarkdown(cleanLines(entry.type ?? entry.agentId))} ends.*`;
    case 'image':
    case 'unknown':
      return `*[${entry.kind === 'image' ? 'picture' : 'block'}: ${escapeMarkdown(cleanLines(entry.what))}, ${formatBytes(entry.bytes)}]*`;
    case 'unread':
      return `*[${formatCount(entry.count)} lines of the transcript cannot be read]*`;
  }
}

function callText(call: CallEntry, project: string | null): string {
  const { tool, target, input, diff, result, fix } = call;
  const state = formatCallState(result);
  const title = `**${escapeMarkdown(cleanLines(tool))}** ${formatInlineCode(shortenTarget(target, project))}${state === 'ok' ? '' : ` · **${state}**`}`;
  const parts: string[] = [];
  if (tool === 'Bash' && typeof input['command'] === 'string')
    parts.push(fenceCode(input['command'], 'sh'));
  else if (diff.length > 0)
    parts.push(
      fenceCode(
        diff.map(({ sign, text }) => (sign === 'gap' ? `@@ ${text}` : sign + text)).join('\n'),
        'diff',
      ),
    );
  else if (Object.keys(input).length > 0)
    parts.push(fenceCode(JSON.stringify(input, null, 2), 'json'));
  if (result !== undefined && hasMoreThanDiff(result, diff))
    parts.push(fenceCode(result.text, 'text'));
  const mended = fix === undefined ? '' : `\n\nWhat worked: ${formatInlineCode(fix)}`;
  return `${title}${parts.length === 0 ? '' : `\n\n${folded('Call and result', parts.join('\n\n'))}`}${mended}`;
}

/** Whether a result says more than that a change was made. */
export function hasMoreThanDiff({ text, outcome }: CallResult, diff: CallEntry['diff']): boolean {
  return text !== '' && (diff.length === 0 || outcome !== 'ok');
}

/** What became of a call, in a word. */
export function formatCallState(result: CallResult | undefined): string {
  return result === undefined ? 'no result' : result.outcome;
}

function formatWhen(at: number): string {
  const text = formatTime(at);
  return text === '' ? '' : ` · ${text}`;
}

function quoted(text: string): string {
  return cleanLines(text)
    .split('\n')
    .map((line) => `> ${escapeMarkdown(line)}`.trimEnd())
    .join('\n');
}

function folded(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}
