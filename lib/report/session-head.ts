import { plainLines } from '../core/one-line.ts';
import { formatDuration } from '../core/units.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';

/** Facts of a session above its conversation: a label and a text for each. */
export function listHeadFacts({
  session,
  origin,
}: Conversation): ReadonlyArray<readonly [string, string]> {
  const started = Date.parse(session.startedAt);
  const last = Date.parse(session.endedAt ?? session.lastEventAt);
  return [
    ['Session', session.id],
    ['Project', session.project ?? 'unknown'],
    ['Started', formatTime(started)],
    ['Lasted', Number.isNaN(last) ? 'unknown' : formatDuration(Math.max(0, last - started))],
    ...(session.model === null ? [] : [['Model', session.model] as const]),
    ['Words from', ORIGINS[origin]],
  ];
}

/** What a page is called: the words of the session, for want of a title of its own. */
export function formatTitle({ session, title }: Conversation): string {
  const words = cleanLines(title ?? session.lastPrompt ?? '').split('\n')[0] ?? '';
  return words === '' ? `Session ${session.id.slice(0, 8)}` : words.slice(0, 120);
}

const ORIGINS: Readonly<Record<Conversation['origin'], string>> = {
  transcript: 'the transcript of Claude Code',
  archive: 'the archive of waymark',
  store: 'the store of waymark: heads of prompts, answers and calls',
};

/** `2026-11-22 10:00 UTC`; empty for a time that is not known. */
export function formatTime(at: number): string {
  if (!Number.isFinite(at) || at <= 0) return '';
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * Text of several lines without what moves a cursor or cannot be seen; tabs become spaces, and no
 * line ends in one.
 */
export function cleanLines(text: string): string {
  return plainLines(text.replace(/\r\n?/g, '\n').replace(/\t/g, '    '))
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** What a call is about, in one line; a path in the project from there. */
export function shortenTarget(target: string, project: string | null): string {
  const inside = project !== null && target.startsWith(`${project}/`);
  return (inside ? target.slice(project.length + 1) : target).replace(/\s+/g, ' ');
}
