import { formatBytes, formatCount, plural } from '../core/units.ts';
import type { CallEntry, ConversationEntry } from '../query/conversation/entry.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';
import { renderProseHtml, escapeHtml } from './html-text.ts';
import { PAGE_STYLE } from './page-style.ts';
import {
  cleanLines,
  listHeadFacts,
  formatTitle,
  shortenTarget,
  formatTime,
} from './session-head.ts';
import { hasMoreThanDiff, formatCallState } from './session-markdown.ts';

/** No script runs and nothing is loaded, whatever is in the page. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A session as one HTML page that needs nothing else, piece by piece. */
export function* renderSessionHtml(conversation: Conversation): Generator<string> {
  const title = escapeHtml(formatTitle(conversation));
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<dl>
`;
  for (const [label, text] of listHeadFacts(conversation))
    yield `<div><dt>${label}</dt><dd>${escapeHtml(text)}</dd></div>\n`;
  yield '</dl>\n</header>\n<main>\n';
  let [open, leftOut] = [0, 0];
  for (const entry of conversation.entries()) {
    if (entry.kind === 'image' && entry.picture === undefined) leftOut += 1;
    if (entry.kind === 'agent-start') open += 1;
    if (entry.kind === 'agent-end') open -= 1;
    yield `${entryHtml(entry, conversation.session.project)}\n`;
  }
  yield `${'</div></details>'.repeat(Math.max(0, open))}</main>\n<footer>${leftOut === 0 ? '' : `${plural(leftOut, 'picture')} left out. `}Made by waymark.</footer>\n</body>\n</html>\n`;
}

function entryHtml(entry: ConversationEntry, project: string | null): string {
  switch (entry.kind) {
    case 'prompt':
      return renderMessage('prompt', `Prompt${timeHtml(entry.at)}`, pre(entry.text));
    case 'answer':
      return renderMessage('answer', 'Claude', renderProseHtml(entry.text));
    case 'told':
      return renderMessage('told', 'Message to Claude', pre(entry.text));
    case 'thought':
      return folded('aside', 'Thought', pre(entry.text));
    case 'note':
      return folded('aside', 'Note of the client', pre(entry.text));
    case 'call':
      return callHtml(entry, project);
    case 'late-result':
      return folded('aside', 'Result of an earlier call', pre(entry.result.text));
    case 'compaction':
      return '<p class="line">The context was compacted here</p>';
    case 'agent-start':
      return `<details class="agent" open><summary><b>Agent</b> ${escapeHtml(entry.type ?? entry.agentId)}</summary><div>`;
    case 'agent-end':
      return '</div></details>';
    case 'image': {
      const name = `Picture: ${escapeHtml(entry.what)}, ${formatBytes(entry.bytes)}`;
      return entry.picture === undefined
        ? stub(name)
        : `<p class="picture"><img alt="${name}" src="${escapeHtml(entry.picture)}"></p>`;
    }
    case 'unknown':
      return stub(`Block: ${escapeHtml(entry.what)}, ${formatBytes(entry.bytes)}`);
    case 'unread':
      return stub(`${formatCount(entry.count)} lines of the transcript cannot be read`);
  }
}

/** A change of so many lines is shown without a click. */
const SMALL_DIFF = 30;

function callHtml(
  { tool, target, input, diff, result, fix }: CallEntry,
  project: string | null,
): string {
  const state = formatCallState(result);
  const badge = state === 'ok' ? '' : `<span class="badge">${state}</span> `;
  const title = `<b>${escapeHtml(tool)}</b> ${badge}<code>${escapeHtml(shortenTarget(target, project))}</code>`;
  const asked =
    tool === 'Bash' && typeof input['command'] === 'string'
      ? pre(input['command'], 'command')
      : diff.length > 0
        ? diffHtml(diff)
        : Object.keys(input).length > 0
          ? pre(JSON.stringify(input, null, 2), 'input')
          : '';
  const came =
    result === undefined || !hasMoreThanDiff(result, diff) ? '' : pre(result.text, 'result');
  const mended =
    fix === undefined ? '' : `<p class="fix">What worked: <code>${escapeHtml(fix)}</code></p>`;
  const isOpen = state === 'failed' || (diff.length > 0 && diff.length <= SMALL_DIFF);
  const call = folded(`call ${state.replace(' ', '-')}`, title, asked + came, isOpen);
  return call + mended;
}

function diffHtml(diff: CallEntry['diff']): string {
  const lines = diff.map(({ sign, text }) => {
    const kind = sign === '+' ? 'add' : sign === '-' ? 'del' : sign === 'gap' ? 'gap' : 'same';
    const shown = sign === 'gap' ? `⋯ ${text}` : `${sign}${text}`;
    return `<span class="${kind}">${escapeHtml(shown)}\n</span>`;
  });
  return `<pre class="diff">${lines.join('')}</pre>`;
}

function renderMessage(kind: string, who: string, content: string): string {
  return `<section class="${kind}"><h2>${who}</h2>${content}</section>`;
}

function folded(kind: string, title: string, content: string, isOpen = false): string {
  return `<details class="${kind}"${isOpen ? ' open' : ''}><summary>${title}</summary>${content}</details>`;
}

function pre(text: string, kind = 'text'): string {
  return `<pre class="${kind}">${escapeHtml(cleanLines(text).trimEnd())}</pre>`;
}

function stub(text: string): string {
  return `<p class="stub">${text}</p>`;
}

function timeHtml(at: number): string {
  const text = formatTime(at);
  return text === '' ? '' : ` <time>${text}</time>`;
}
