import type { CallEntry, CallResult, ConversationEntry } from '../query/conversation/entry.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';
import { formatBytes, formatCount } from '../core/units.ts';
import { clean, headFacts, headTitle, shortTarget, timeText } from './session-head.ts';

/** A session as Markdown, piece by piece. */
export function* sessionMarkdown(conversation: Conversation): Generator<string> {
  yield `# ${escaped(headTitle(conversation))}\n\n`;
  yield '| | |\n|---|---|\n';
  for (const [label, text] of headFacts(conversation))
    yield `| ${label} | ${escaped(clean(text)).replace(/\s+/g, ' ')} |\n`;
  for (const entry of conversation.entries())
    yield `\n${entryText(entry, conversation.session.project)}\n`;
}

function entryText(entry: ConversationEntry, project: string | null): string {
  const mark = '#'.repeat(Math.min(6, 2 + entry.depth));
  switch (entry.kind) {
    case 'prompt':
      return `${mark} Prompt${when(entry.at)}\n\n${quoted(entry.text)}`;
    case 'answer':
      return `${mark} Claude\n\n${withClosedFences(clean(entry.text))}`;
    case 'thought':
      return folded('Thought', fenced(entry.text));
    case 'told':
      return `**Claude was told:**\n\n${quoted(entry.text)}`;
    case 'note':
      return folded('Note of the client', fenced(entry.text));
    case 'call':
      return callText(entry, project);
    case 'late-result':
      return folded('Result of an earlier call', fenced(entry.result.text));
    case 'compaction':
      return '---\n\n*The context was compacted here.*';
    case 'agent-start':
      return `${mark} Agent ${escaped(clean(entry.type ?? entry.agentId))} begins`;
    case 'agent-end':
      return `*Agent ${escaped(clean(entry.type ?? entry.agentId))} ends.*`;
    case 'image':
    case 'unknown':
      return `*[${entry.kind === 'image' ? 'picture' : 'block'}: ${escaped(clean(entry.what))}, ${formatBytes(entry.bytes)}]*`;
    case 'unread':
      return `*[${formatCount(entry.count)} lines of the transcript cannot be read]*`;
  }
}

function callText(call: CallEntry, project: string | null): string {
  const { tool, target, input, diff, result, fix } = call;
  const state = stateOf(result);
  const title = `**${escaped(clean(tool))}** ${inlineCode(shortTarget(target, project))}${state === 'ok' ? '' : ` · **${state}**`}`;
  const parts: string[] = [];
  if (tool === 'Bash' && typeof input['command'] === 'string')
    parts.push(fenced(input['command'], 'sh'));
  else if (diff.length > 0)
    parts.push(
      fenced(
        diff.map(({ sign, text }) => (sign === 'gap' ? `@@ ${text}` : sign + text)).join('\n'),
        'diff',
      ),
    );
  else if (Object.keys(input).length > 0)
    parts.push(fenced(JSON.stringify(input, null, 2), 'json'));
  if (result !== undefined && saysMore(result, diff)) parts.push(fenced(result.text, 'text'));
  const mended = fix === undefined ? '' : `\n\nWhat worked then: ${inlineCode(fix)}`;
  return `${title}${parts.length === 0 ? '' : `\n\n${folded('Call and result', parts.join('\n\n'))}`}${mended}`;
}

/** Whether a result says more than that a change was made. */
export function saysMore({ text, outcome }: CallResult, diff: CallEntry['diff']): boolean {
  return text !== '' && (diff.length === 0 || outcome !== 'ok');
}

/** What became of a call, in a word. */
export function stateOf(result: CallResult | undefined): string {
  return result === undefined ? 'no result' : result.outcome;
}

function when(at: number): string {
  const text = timeText(at);
  return text === '' ? '' : ` · ${text}`;
}

function quoted(text: string): string {
  return clean(text)
    .split('\n')
    .map((line) => `> ${escaped(line)}`.trimEnd())
    .join('\n');
}

function folded(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

/** A fence that no line of the text can end. */
function fenced(text: string, language = 'text'): string {
  const body = clean(text).trimEnd();
  const longest = Math.max(2, ...[...body.matchAll(/`{3,}/g)].map(([marks]) => marks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${body}\n${fence}`;
}

function inlineCode(text: string): string {
  const line = clean(text).replace(/\s+/g, ' ').trim().slice(0, 200);
  if (line === '') return '';
  return line.includes('`') ? `\`\` ${line.replace(/`{2,}/g, "''")} \`\`` : `\`${line}\``;
}

/** No letter of it means anything in Markdown or HTML. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>#|!~&]/g, (sign) =>
    sign === '<' ? '&lt;' : sign === '&' ? '&amp;' : `\\${sign}`,
  );
}

/** Answers are Markdown themselves: it stays, but no HTML, and a fence that is open at the end is closed. */
function withClosedFences(text: string): string {
  let fence: string | undefined;
  const lines = text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = mark;
      return mark === undefined ? withoutHtml(line) : line;
    }
    if (mark !== undefined && line.trim() === mark && mark.startsWith(fence)) fence = undefined;
    return line;
  });
  return fence === undefined ? lines.join('\n') : [...lines, fence].join('\n');
}

/** Outside of code, a tag becomes text, and a picture a link: nobody who reads a page asks another machine. */
function withoutHtml(line: string): string {
  return line
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('![', '\\!['),
    )
    .join('');
}
