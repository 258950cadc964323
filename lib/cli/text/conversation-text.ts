import { oneLine, plainLines } from '../../core/one-line.ts';
import { formatBytes, formatTime, plural } from '../../core/units.ts';
import type { CallEntry, CallResult, ConversationEntry } from '../../query/conversation/entry.ts';
import type { Conversation } from '../../query/conversation/read-conversation.ts';
import { cutText, wrapText } from './display-width.ts';
import type { Paint } from './paint.ts';
import { alignColumns } from './table.ts';
import { abbreviateHome } from './tilde.ts';

export interface ConversationTextOptions {
  readonly paint: Paint;
  readonly now: number;
  /** Columns that a line may fill. */
  readonly width: number;
  /** Whether results, notes and changes come whole. */
  readonly all: boolean;
  /** Paths in it are shown from there. */
  readonly project: string | null;
}

/**
 * Lines that are shown of a result, a change or a note; the last one says how many are left out.
 */
const MAX_LINES = 12;

/** A session as people read a conversation, line by line. */
export function* renderConversation(
  conversation: Conversation,
  given: Omit<ConversationTextOptions, 'project'>,
): Generator<string> {
  const { session, origin } = conversation;
  const options = { ...given, project: session.project };
  const { paint } = options;
  yield `${paint.bold('Session')} ${oneLine(session.id)}`;
  const rows = [
    ['Project', abbreviateHome(oneLine(session.project ?? 'unknown'))],
    ['Started', formatTime(Date.parse(session.startedAt), options.now)],
    ['Words', ORIGINS[origin]],
  ];
  yield* alignColumns(
    rows.map(([label = '', text = '']) => [paint.dim(label), text]),
    { columns: [{}, { least: 20 }], width: options.width },
  );
  let isEmpty = true;
  for (const entry of conversation.entries()) {
    isEmpty = false;
    yield* entryLines(entry, options);
  }
  if (isEmpty) yield* ['', 'Nothing was said in this session yet.'];
}

const ORIGINS: Readonly<Record<Conversation['origin'], string>> = {
  transcript: 'from the transcript of Claude Code',
  archive: 'from the archive: Claude Code no longer has the transcript',
  store: 'only the beginnings of prompts, answers and calls: the transcript is missing',
};

function* entryLines(
  entry: ConversationEntry,
  options: ConversationTextOptions,
): Generator<string> {
  const { paint } = options;
  const indent = '  '.repeat(Math.min(entry.depth, 6));
  const block = (title: string, text: string, most = options.all ? undefined : MAX_LINES) => [
    '',
    `${indent}${title}`,
    ...shorten(wrapped(text, `${indent}  `, options.width), `${indent}  `, { most, paint }),
  ];
  switch (entry.kind) {
    case 'prompt':
      return yield* block(
        `${paint.bold('▸ Prompt')}${entry.at > 0 ? paint.dim(`  ${formatTime(entry.at, options.now)}`) : ''}`,
        entry.text,
        undefined,
      );
    case 'answer':
      return yield* block(paint.bold('Claude'), entry.text, undefined);
    case 'told':
      return yield* block(paint.yellow('Message to Claude'), entry.text);
    case 'thought':
      return options.all ? yield* block(paint.dim('Thought'), entry.text) : undefined;
    case 'note':
      return options.all ? yield* block(paint.dim('Note of the client'), entry.text) : undefined;
    case 'call':
      return yield* callLines(entry, indent, options);
    case 'late-result':
      return yield* block('Result of an earlier call', entry.result.text);
    case 'compaction':
      return yield* ['', paint.dim(`${indent}── the context was compacted here ──`)];
    case 'agent-start':
    case 'agent-end': {
      const name = oneLine(entry.type ?? entry.agentId);
      const line = `▾ agent ${name} ${entry.kind === 'agent-start' ? 'begins' : 'ends'}`;
      return yield* ['', paint.cyan(`${indent.slice(2)}${line}`)];
    }
    case 'image':
    case 'unknown':
      return yield `${indent}  ${paint.dim(`[${entry.kind === 'image' ? 'picture' : 'block'}: ${oneLine(entry.what)}, ${formatBytes(entry.bytes)}]`)}`;
    case 'unread':
      return yield `${indent}${paint.yellow(`[${plural(entry.count, 'line')} of the transcript cannot be read]`)}`;
  }
}

function* callLines(
  { tool, target, diff, result, fix }: CallEntry,
  indent: string,
  { paint, width, all, project }: ConversationTextOptions,
): Generator<string> {
  const title = `${indent}${markOf(result, paint)} ${paint.bold(oneLine(tool))} ${oneLine(inProject(target, project))}`;
  yield '';
  yield cutText(title, width).trimEnd();
  const inner = `${indent}    `;
  const most = all ? undefined : MAX_LINES;
  const changed = diff.map((line) => diffLine(line, inner, { paint, width }));
  yield* shorten(changed, inner, { most, paint });
  // what a change answers is that it was made
  if (result !== undefined && (diff.length === 0 || result.outcome !== 'ok'))
    yield* shorten(
      wrapped(result.text, inner, width).map((line) =>
        result.outcome === 'failed' ? paint.red(line) : paint.dim(line),
      ),
      inner,
      { most, paint },
    );
  if (fix !== undefined)
    yield cutText(`${indent}  ${paint.green(`fixed by: ${oneLine(fix)}`)}`, width);
}

/** A path in the project without the way to it; anything else as it is. */
function inProject(target: string, project: string | null): string {
  return project !== null && target.startsWith(`${project}/`)
    ? target.slice(project.length + 1)
    : target;
}

function markOf(result: CallResult | undefined, paint: Paint): string {
  if (result === undefined) return paint.dim('○');
  if (result.outcome === 'ok') return paint.green('✓');
  return result.outcome === 'failed' ? paint.red('✗') : paint.yellow('⊘');
}

function diffLine(
  { sign, text }: CallEntry['diff'][number],
  inner: string,
  { paint, width }: Pick<ConversationTextOptions, 'paint' | 'width'>,
): string {
  const plain = plainLines(text.replace(/\t/g, '    '));
  const line = cutText(
    `${inner}${sign === 'gap' ? `⋯ ${plain}` : `${sign} ${plain}`}`.trimEnd(),
    width,
  );
  if (sign === '+') return paint.green(line);
  return sign === '-' ? paint.red(line) : paint.dim(line);
}

function wrapped(text: string, indent: string, width: number): readonly string[] {
  if (text.trim() === '') return [];
  const room = Math.max(20, width - indent.length);
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '    ')
    .split('\n')
    .flatMap((line) => wrapLine(plainLines(line), room))
    .map((line) => `${indent}${line}`.trimEnd());
}

/** Keeps the indentation of a line; a word that is too long is broken. */
function wrapLine(line: string, room: number): readonly string[] {
  const lead = /^ */.exec(line)?.[0].slice(0, room - 10) ?? '';
  const words = wrapText(line.trimStart(), room - lead.length);
  const pattern = new RegExp(`.{1,${room - lead.length}}`, 'gu');
  return words.flatMap((part) =>
    (part.length <= room - lead.length ? [part] : (part.match(pattern) ?? [])).map(
      (one) => lead + one,
    ),
  );
}

function shorten(
  lines: readonly string[],
  indent: string,
  { most, paint }: { readonly most: number | undefined; readonly paint: Paint },
): readonly string[] {
  if (most === undefined || lines.length <= most + 1) return lines;
  const more = paint.dim(`${indent}… ${plural(lines.length - most, 'more line')}`);
  return [...lines.slice(0, most), more];
}
